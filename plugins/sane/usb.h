// SPDX-License-Identifier: Apache-2.0 OR MIT
// SANE names a USB scanner by its device number, "genesys:libusb:001:004", which is another after every replug. The
// station's id names it by serial number, else by port: "genesys:usb-serial:04a9:1909:K12345",
// "genesys:usb-port:1-2.3".
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace rekam::sane {

/// Where the kernel lists USB devices.
inline constexpr const char* usb_devices = "/sys/bus/usb/devices";

struct UsbPlace {
    std::string port;   // "1-2.3"
    std::string serial; // empty: none, or not fit to tell two devices apart
    std::string vendor, product;
    int bus = 0, number = 0;
};

/// The USB device that a SANE name points at; nothing: it points at none, or that one is gone.
std::optional<UsbPlace> usb_place(const std::string& sane_name, const std::filesystem::path& root);
bool names_usb(const std::string& sane_name);

/// The station's id of a SANE name; names that are stable already are their own id.
std::string stable_id(const std::string& sane_name, const std::filesystem::path& root);
/// The SANE name of an id now; nothing: no such device is plugged in, or more than one.
std::optional<std::string> sane_name_of(const std::string& id, const std::filesystem::path& root);

} // namespace rekam::sane
