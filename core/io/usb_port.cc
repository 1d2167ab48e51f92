// SPDX-License-Identifier: Apache-2.0
#include "core/io/usb_port.h"

#include "core/io/fd.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>

namespace rekam::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view scheme = "usb:";

std::optional<int> number_in(const fs::path& file) {
    std::ifstream stream(file);
    int number = 0;
    return stream >> number && number > 0 && number < 1'000 ? std::optional(number) : std::nullopt;
}

std::string errno_text(const fs::path& what, int error) { return what.string() + ": " + std::strerror(error); }

/// "1-2.3" hangs at port 3 of hub "1-2", "1-2" at port 2 of the root hub of bus 1.
fs::path switch_of(const std::string& port, const UsbPlaces& places) {
    const auto dot = port.rfind('.');
    if (dot != std::string::npos) {
        const std::string hub = port.substr(0, dot);
        return places.sysfs / (hub + ":1.0") / (hub + "-port" + port.substr(dot + 1)) / "disable";
    }
    const auto dash = port.find('-');
    const std::string bus = port.substr(0, dash);
    return places.sysfs / (bus + "-0:1.0") / ("usb" + bus + "-port" + port.substr(dash + 1)) / "disable";
}

std::optional<std::string> write_switch(const fs::path& file, const char* value) {
    const Fd open(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!open)
        return errno_text(file, errno);
    return ::write(open.get(), value, 1) == 1 ? std::nullopt : std::optional(errno_text(file, errno));
}

} // namespace

std::string usb_port_of(const std::string& physical) {
    const std::string port = physical.starts_with(scheme) ? physical.substr(scheme.size()) : "";
    const bool shaped = port.find_first_not_of("0123456789-.") == std::string::npos && port.find('-') != 0 &&
                        port.find('-') != std::string::npos && port.find("..") == std::string::npos;
    return shaped ? port : "";
}

UsbPlaces::UsbPlaces()
    : reset([](int descriptor) { return ::ioctl(descriptor, USBDEVFS_RESET, nullptr) == 0 ? 0 : errno; }) {}

std::optional<std::string> reset_usb_port(const std::string& physical, const UsbPlaces& places) {
    const std::string port = usb_port_of(physical);
    if (port.empty())
        return physical + " names no USB port";
    const auto bus = number_in(places.sysfs / port / "busnum");
    const auto device = number_in(places.sysfs / port / "devnum");
    if (!bus || !device)
        return "nothing is connected at USB port " + port;
    char name[16] = "";
    std::snprintf(name, sizeof name, "%03d/%03d", *bus, *device);
    const fs::path node = places.nodes / name;
    const Fd open(::open(node.c_str(), O_WRONLY | O_CLOEXEC));
    if (!open)
        return errno_text(node, errno);
    const int error = places.reset(open.get());
    return error == 0 ? std::nullopt : std::optional(errno_text(node, error));
}

std::optional<std::string> power_cycle_usb_port(const std::string& physical, const UsbPlaces& places) {
    const std::string port = usb_port_of(physical);
    if (port.empty())
        return physical + " names no USB port";
    const fs::path file = switch_of(port, places);
    std::error_code missing;
    if (!fs::exists(file, missing))
        return "the hub of USB port " + port + " cannot be asked to switch it: " + file.string() + " is not there";
    if (auto error = write_switch(file, "1"))
        return error;
    std::this_thread::sleep_for(places.without_power);
    return write_switch(file, "0");
}

} // namespace rekam::io
