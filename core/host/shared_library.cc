// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/shared_library.h"

#include <algorithm>

namespace rekam::host {

std::variant<Library*, wire::Failure> SharedLibrary::enter(const std::string& path, LibraryUser& user) {
    {
        const std::lock_guard lock(users_mutex_); // first: the plugin may call back while it is created
        users_.push_back(&user);
    }
    const std::lock_guard lock(load_mutex_);
    if (!loaded_)
        on_main([&] { loaded_ = Library::load(path, ports()); });
    if (const auto* library = std::get_if<std::unique_ptr<Library>>(&*loaded_))
        return library->get();
    const std::lock_guard users_lock(users_mutex_);
    std::erase(users_, &user);
    return std::get<wire::Failure>(*loaded_);
}

rekam_plugin_t* SharedLibrary::plugin() {
    const std::unique_lock lock(load_mutex_, std::try_to_lock); // held for as long as rekam_create takes
    if (!lock.owns_lock() || !loaded_)
        return nullptr;
    const auto* library = std::get_if<std::unique_ptr<Library>>(&*loaded_);
    return library ? (*library)->plugin() : nullptr;
}

void SharedLibrary::leave(LibraryUser& user) {
    bool last = false;
    {
        const std::lock_guard lock(users_mutex_);
        std::erase(users_, &user);
        last = users_.empty() && closing_;
    }
    if (last)
        on_main([this] { std::get<std::unique_ptr<Library>>(*loaded_)->destroy(); });
}

HostPorts SharedLibrary::ports() {
    HostPorts ports;
    ports.devices_changed = [this] {
        const std::lock_guard lock(users_mutex_);
        if (!users_.empty()) // one is enough: the list is the plugin's
            users_.front()->devices_changed();
    };
    ports.device_changed = [this](const rekam_device_t* device, std::uint32_t changes) {
        device_changed(device, changes);
    };
    return ports;
}

// A plugin may speak of a device before open() has returned it: then each looks for itself.
void SharedLibrary::device_changed(const rekam_device_t* device, std::uint32_t changes) {
    const std::lock_guard lock(users_mutex_);
    const auto owner = std::ranges::find_if(users_, [&](const LibraryUser* user) { return user->has(device); });
    if (owner != users_.end())
        return (*owner)->device_changed(changes);
    for (LibraryUser* user : users_)
        user->device_changed(changes);
}

} // namespace rekam::host
