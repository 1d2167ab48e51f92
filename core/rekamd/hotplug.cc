// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/hotplug.h"

#include <libudev.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace rekam::rekamd {
namespace {

/// What devices on a desk are. Of USB the device as a whole, not each of its interfaces.
constexpr std::array<std::pair<const char*, const char*>, 5> wanted{{{"usb", "usb_device"},
                                                                     {"tty", nullptr},
                                                                     {"video4linux", nullptr},
                                                                     {"hidraw", nullptr},
                                                                     {"scsi_generic", nullptr}}};
constexpr int queue_bytes = 1 << 20; ///< a hub with everything on it comes at once

std::string text(const char* from) { return from ? from : ""; }

/// "1-2.3": a bus, a port, and the ports of hubs below it.
bool is_port(std::string_view name) {
    const auto dash = name.find('-');
    const auto digits = [](std::string_view part, bool dots) {
        return !part.empty() &&
               std::ranges::all_of(part, [&](char c) { return (c >= '0' && c <= '9') || (dots && c == '.'); });
    };
    return dash != std::string_view::npos && digits(name.substr(0, dash), false) && digits(name.substr(dash + 1), true);
}

broker::BusChanged event_of(udev_device* device) {
    broker::BusChanged event;
    event.removed = std::strcmp(udev_device_get_action(device), "remove") == 0;
    event.subsystem = text(udev_device_get_subsystem(device));
    event.devpath = text(udev_device_get_devpath(device));
    event.physical = event.subsystem == "usb" ? physical_of(event.devpath) : "";
    event.serial = text(udev_device_get_property_value(device, "ID_SERIAL_SHORT"));
    return event;
}

} // namespace

std::string physical_of(std::string_view devpath) {
    std::string port;
    while (!devpath.empty()) {
        const auto end = std::min(devpath.find('/'), devpath.size());
        if (is_port(devpath.substr(0, end)))
            port = "usb:" + std::string(devpath.substr(0, end)); // the deepest: hubs stand above it
        devpath.remove_prefix(std::min(end + 1, devpath.size()));
    }
    return port;
}

void Hotplug::Free::operator()(udev* context) const { udev_unref(context); }
void Hotplug::Free::operator()(udev_device* device) const { udev_device_unref(device); }
void Hotplug::Free::operator()(udev_monitor* monitor) const { udev_monitor_unref(monitor); }

Hotplug::Hotplug(boost::asio::io_context& loop, Tell tell, const char* control)
    : socket_(loop), tell_(std::move(tell)) {
    state_.watching = listen(control);
    if (state_.watching)
        wait();
}

Hotplug::~Hotplug() {
    if (socket_.is_open())
        socket_.release(); // the monitor's own
}

bool Hotplug::listen(const char* control) {
    if (::access(control, F_OK) != 0) { // without udevd nobody sends what the monitor waits for
        state_.reason = "udev does not run here";
        return false;
    }
    udev_.reset(udev_new());
    monitor_.reset(udev_ ? udev_monitor_new_from_netlink(udev_.get(), "udev") : nullptr);
    if (!monitor_) {
        state_.reason = std::string("udev cannot be listened to: ") + std::strerror(errno);
        return false;
    }
    for (const auto& [subsystem, type] : wanted)
        udev_monitor_filter_add_match_subsystem_devtype(monitor_.get(), subsystem, type);
    udev_monitor_set_receive_buffer_size(monitor_.get(), queue_bytes); // the usual size does too, with less at once
    if (udev_monitor_enable_receiving(monitor_.get()) < 0) {
        state_.reason = std::string("udev cannot be listened to: ") + std::strerror(errno);
        return false;
    }
    socket_.assign(udev_monitor_get_fd(monitor_.get()));
    return true;
}

void Hotplug::wait() {
    socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& error) {
                           if (error)
                               return;
                           read_all();
                           wait();
                       });
}

void Hotplug::read_all() {
    while (const std::unique_ptr<udev_device, Free> device{udev_monitor_receive_device(monitor_.get())}) {
        const char* action = udev_device_get_action(device.get());
        if (action && (std::strcmp(action, "add") == 0 || std::strcmp(action, "remove") == 0))
            tell_(event_of(device.get()));
    }
}

} // namespace rekam::rekamd
