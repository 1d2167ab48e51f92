// SPDX-License-Identifier: Apache-2.0
// A mock's plugin as the station sees it: the library loaded, everything through the public ABI.
#pragma once

#include <rekam/ext/capture.h>

#include "tests/unit/plugin/fake_job.h"
#include "tests/unit/tree.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace rekam::test {

/// One plugin with one open device; its environment variables are set for as long as it lives.
class OpenMock {
  public:
    OpenMock(const std::string& name, const std::string& devices, const std::string& id) : variable_("REKAM_MOCK_") {
        for (const char c : name)
            variable_ += c == '-' ? '_' : static_cast<char>(std::toupper(c));
        script_ = std::filesystem::temp_directory_path() / (name + "-faults-" + std::to_string(::getpid()));
        ::setenv(variable_.c_str(), devices.c_str(), 1);
        ::setenv((variable_ + "_FAULTS").c_str(), script_.c_str(), 1);
        faults("");
        const std::string path = build_dir() / ("plugins/rekam-mock-" + name + ".so");
        library_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!library_)
            throw std::runtime_error(::dlerror());
        manifest = static_cast<const rekam_manifest_t*>(::dlsym(library_, REKAM_MANIFEST_SYMBOL));
        const auto create = reinterpret_cast<rekam_create_t>(::dlsym(library_, "rekam_create"));
        host_.abi_major = REKAM_ABI_MAJOR;
        host_.log = [](const rekam_host*, std::uint32_t, const char*) {};
        error.size = sizeof error;
        info.size = sizeof info;
        if (create(&host_, &plugin, &error) != REKAM_OK ||
            plugin->open(plugin, id.c_str(), &info, &device, &error) != REKAM_OK)
            throw std::runtime_error(error.message);
    }
    ~OpenMock() {
        if (device)
            device->close(device);
        if (plugin)
            plugin->destroy(plugin);
        ::unsetenv(variable_.c_str());
        ::unsetenv((variable_ + "_FAULTS").c_str());
        for (const auto& entry : std::filesystem::directory_iterator(script_.parent_path())) // what it remembered, too
            if (entry.path().filename().string().starts_with(script_.filename().string()))
                std::filesystem::remove(entry.path());
    }
    OpenMock(const OpenMock&) = delete;
    OpenMock& operator=(const OpenMock&) = delete;

    /// One fault: what stands between the braces of a TOML table, as `fault="error", code="jam"`; empty: none.
    void faults(const std::string& fault) const {
        std::ofstream(script_) << "fault = [" << (fault.empty() ? "" : "{" + fault + "}") << "]\n";
    }
    std::uint32_t run(FakeJob& job) {
        error = {};
        error.size = sizeof error;
        const auto* capture = static_cast<const rekam_capture_t*>(device->extension(device, REKAM_EXT_CAPTURE));
        return capture->run(device, &job.table, &error);
    }

    const rekam_manifest_t* manifest = nullptr;
    rekam_plugin_t* plugin = nullptr;
    rekam_device_t* device = nullptr;
    rekam_device_info_t info{};
    rekam_error_t error{};

  private:
    std::string variable_;
    std::filesystem::path script_;
    void* library_ = nullptr; // never unloaded, as in a host
    rekam_host_t host_{};
};

/// A job for a subject with its parts.
inline void ask(FakeJob& job, std::uint32_t function, const char* subject, std::vector<const char*> parts) {
    job.request.function = function;
    job.request.subject = subject;
    job.request.accepted_mono_us = 5;
    job.parts(std::move(parts));
}

} // namespace rekam::test
