// SPDX-License-Identifier: Apache-2.0
// A USB port, found in sysfs by the path that plugins name ("usb:1-2.3"): reset, or without power for a moment. Both
// block, in the kernel perhaps for ever: call them on a thread that nothing waits for.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace rekam::io {

/// Where the machine shows its devices, and how one is reset. Tests have places and a reset of their own.
struct UsbPlaces {
    std::filesystem::path sysfs = "/sys/bus/usb/devices";
    std::filesystem::path nodes = "/dev/bus/usb";
    /// USBDEVFS_RESET on an open node; 0, or an errno.
    std::function<int(int descriptor)> reset;
    std::chrono::milliseconds without_power{2'000};
    UsbPlaces();
};

/// "1-2.3" of "usb:1-2.3"; empty for anything that names no USB port.
std::string usb_port_of(const std::string& physical);

/// Empty: done. Else what is wrong, for a log line.
std::optional<std::string> reset_usb_port(const std::string& physical, const UsbPlaces& places = {});
/// The hub must be able to switch single ports, and the kernel (6.0 and later) to ask it.
std::optional<std::string> power_cycle_usb_port(const std::string& physical, const UsbPlaces& places = {});

} // namespace rekam::io
