// SPDX-License-Identifier: Apache-2.0 OR MIT
// The one plugin of this process, for all its open devices: created for the first of them, destroyed after the last.
#pragma once

#include "core/host/library.h"
#include "core/host/worker.h"

#include <atomic>
#include <mutex>
#include <vector>

namespace rekam::host {

/// What a device hears of the plugin. Any thread, also from inside a call on that very device: it must take no lock.
class LibraryUser {
  public:
    virtual void devices_changed() = 0;
    virtual void device_changed(std::uint32_t changes) = 0;
    /// Whether that is what the plugin opened for it.
    [[nodiscard]] virtual bool has(const rekam_device_t* device) const = 0;

  protected:
    ~LibraryUser() = default;
};

class SharedLibrary {
  public:
    /// `main` makes the calls that are [main] of the ABI, once several devices share the plugin.
    explicit SharedLibrary(Worker& main) : main_(main) {}

    /// Several devices, each on a thread of its own. Call before the first enter().
    void share() { shared_ = true; }
    /// No further enter(): the last leave() destroys the plugin.
    void close() { closing_ = true; }

    /// Threads of devices. The same answer for everybody: a plugin is created once per process. On success a leave()
    /// must follow.
    std::variant<Library*, wire::Failure> enter(const std::string& path, LibraryUser& user);
    /// The user's device is closed, or was never open.
    void leave(LibraryUser& user);
    /// Any thread, also while a call of a device hangs. Null while the plugin is not loaded.
    [[nodiscard]] rekam_plugin_t* plugin();

  private:
    using Loaded = std::variant<std::unique_ptr<Library>, wire::Failure>;

    void on_main(const std::function<void()>& task) { shared_ ? main_.run(task) : task(); }
    HostPorts ports();
    void device_changed(const rekam_device_t* device, std::uint32_t changes);

    Worker& main_;
    std::atomic<bool> shared_{false}, closing_{false};
    std::mutex load_mutex_; ///< the second device waits while the first creates the plugin
    std::optional<Loaded> loaded_;
    std::mutex users_mutex_;
    std::vector<LibraryUser*> users_;
};

} // namespace rekam::host
