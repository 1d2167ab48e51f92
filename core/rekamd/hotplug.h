// SPDX-License-Identifier: Apache-2.0
// What udev tells of devices that are plugged in and out. libudev, as the design names it: it hears udevd and not the
// kernel alone, so that permissions are set and links are there when a plugin looks.
#pragma once

#include "core/broker/event.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>

struct udev;
struct udev_device;
struct udev_monitor;

namespace rekam::rekamd {

class Hotplug {
  public:
    using Tell = std::function<void(broker::BusChanged)>;

    /// Begins to listen where udev runs; `state` says whether, and why not. `tell` is called on the loop. `control`:
    /// the path that is there while udevd runs.
    Hotplug(boost::asio::io_context& loop, Tell tell, const char* control = "/run/udev/control");
    ~Hotplug();
    Hotplug(const Hotplug&) = delete;
    Hotplug& operator=(const Hotplug&) = delete;

    [[nodiscard]] const broker::HotplugWatch& state() const { return state_; }

  private:
    struct Free {
        void operator()(udev* context) const;
        void operator()(udev_device* device) const;
        void operator()(udev_monitor* monitor) const;
    };

    bool listen(const char* control);
    void wait();
    void read_all();

    std::unique_ptr<udev, Free> udev_;
    std::unique_ptr<udev_monitor, Free> monitor_;
    boost::asio::posix::stream_descriptor socket_;
    Tell tell_;
    broker::HotplugWatch state_;
};

/// "usb:1-2.3" of a USB device, or of one that hangs on it; empty for any other.
std::string physical_of(std::string_view devpath);

} // namespace rekam::rekamd
