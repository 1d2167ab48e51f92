// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/library.h"

#include "core/host/log.h"
#include "core/host/plugin_error.h"
#include "core/host/text.h"

#include <rekam/ext/thread_check.h>

#include <boost/dll/shared_library.hpp>

#include <algorithm>
#include <cstring>

namespace rekam::host {
namespace {

thread_local std::uint32_t thread_roles = 0;

constexpr rekam_thread_check_t thread_check = {[](const rekam_host_t*) { return thread_roles; }};

/// Finds rekam_create; the handle is leaked on purpose: vendor threads and atexit handlers may outlive every call.
std::variant<rekam_create_t, wire::Failure> find_create(const std::string& path) {
    try {
        auto* library = new boost::dll::shared_library(
            std::filesystem::path(path), boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
        if (!library->has("rekam_create"))
            // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): as said above
            return failure_of(model::Code::wrong_driver, path + ": has a manifest but no rekam_create; ask the vendor");
        return &library->get<std::remove_pointer_t<rekam_create_t>>("rekam_create");
    } catch (const std::exception& e) {
        return failure_of(model::Code::wrong_driver, "cannot be loaded: " + clean_text(e.what()));
    }
}

} // namespace

void set_thread_roles(std::uint32_t roles) { thread_roles = roles; }

Library::Library(const Manifest& manifest, HostPorts ports) : manifest_(manifest), ports_(std::move(ports)) {
    host_.abi_major = REKAM_ABI_MAJOR;
    host_.abi_minor = REKAM_ABI_MINOR;
    host_.data = this;
    host_.extension = [](const rekam_host_t*, const char* id) -> const void* {
        return std::strcmp(id, REKAM_EXT_THREAD_CHECK) == 0 ? &thread_check : nullptr;
    };
    host_.log = [](const rekam_host_t*, std::uint32_t level, const char* message) { log_line(level, message); };
    host_.devices_changed = [](const rekam_host_t* host) {
        static_cast<const Library*>(host->data)->ports_.devices_changed();
    };
    host_.device_changed = [](const rekam_host_t* host, rekam_device_t* device, std::uint32_t changes) {
        static_cast<const Library*>(host->data)->ports_.device_changed(device, changes);
    };
}

std::variant<std::unique_ptr<Library>, wire::Failure> Library::load(const std::string& path, HostPorts ports) {
    auto manifest = Manifest::read(path);
    if (const auto* error = std::get_if<ManifestError>(&manifest))
        return error->failure();
    const auto create = find_create(path);
    if (const auto* failure = std::get_if<wire::Failure>(&create))
        return *failure;
    std::unique_ptr<Library> library(new Library(std::get<Manifest>(std::move(manifest)), std::move(ports)));
    rekam_error_t error = empty_error();
    const std::uint32_t code = std::get<rekam_create_t>(create)(&library->host_, &library->plugin_, &error);
    if (code != REKAM_OK)
        return failure_of(code, error);
    if (!library->plugin_)
        return failure_of(model::Code::broken_promise, "rekam_create reported success without a plugin");
    return library;
}

void Library::destroy() {
    plugin_->destroy(plugin_);
    plugin_ = nullptr;
}

std::variant<wire::EnumDevice, wire::Failure> read_device(const rekam_device_info_t& info, const Manifest& manifest) {
    constexpr std::int64_t default_open_ms = 10'000, default_health_ms = 5'000;
    wire::EnumDevice device;
    device.id = clean_array(info.id);
    const auto raw_length = static_cast<std::size_t>(std::find(info.id, info.id + sizeof info.id, '\0') - info.id);
    if (raw_length == 0 || raw_length == sizeof info.id || device.id != std::string_view(info.id, raw_length))
        return failure_of(model::Code::broken_promise,
                          "the plugin names a device by no, a too long or an unprintable id");
    if (info.functions == 0 || (info.functions & ~manifest.bytes().functions) != 0)
        return failure_of(model::Code::broken_promise,
                          "device " + device.id + " has functions that the manifest does not name");
    device.make = optional_text(info.make);
    device.model = optional_text(info.model);
    device.serial = optional_text(info.serial);
    device.firmware = optional_text(info.firmware);
    device.physical = optional_text(info.physical);
    device.functions = functions_of(info.functions);
    device.open_ms_max = info.open_ms_max > 0 ? info.open_ms_max : default_open_ms;
    device.health_ms_max = info.health_ms_max > 0 ? info.health_ms_max : default_health_ms;
    return device;
}

} // namespace rekam::host
