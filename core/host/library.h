// SPDX-License-Identifier: Apache-2.0 OR MIT
// A plugin's library in this process: loaded once, never unloaded (the process ends instead).
#pragma once

#include "core/host/loop_events.h"
#include "core/host/manifest.h"

#include <rekam/plugin.h>

#include <functional>
#include <memory>
#include <variant>

namespace rekam::host {

/// What a plugin may ask of its host from any thread.
struct HostPorts {
    std::function<void()> devices_changed;
    /// `changes`: enum rekam_device_change
    std::function<void(const rekam_device_t* device, std::uint32_t changes)> device_changed;
};

/// Which roles this thread plays, for rekam.thread-check/1 (enum rekam_thread).
void set_thread_roles(std::uint32_t roles);

class Library {
  public:
    /// Reads the manifest, loads the library, calls rekam_create. [main] of the ABI.
    static std::variant<std::unique_ptr<Library>, wire::Failure> load(const std::string& path, HostPorts ports);

    [[nodiscard]] const Manifest& manifest() const { return manifest_; }
    [[nodiscard]] rekam_plugin_t* plugin() const { return plugin_; }
    void destroy(); ///< rekam_plugin_t::destroy; the library stays loaded

  private:
    Library(const Manifest& manifest, HostPorts ports);

    Manifest manifest_;
    HostPorts ports_;
    rekam_host_t host_{};
    rekam_plugin_t* plugin_ = nullptr;
};

/// What a plugin says of one device, its texts cleaned. A failure names the promise that the record breaks: no id, an
/// id with control characters, functions that the manifest does not have.
std::variant<wire::EnumDevice, wire::Failure> read_device(const rekam_device_info_t& info, const Manifest& manifest);

} // namespace rekam::host
