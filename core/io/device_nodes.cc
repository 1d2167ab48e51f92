// SPDX-License-Identifier: Apache-2.0
#include "core/io/device_nodes.h"

#include "core/io/usb_port.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <fstream>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rekam::io {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t nodes_max = 16, holders_max = 16;
constexpr int depth_max = 6; ///< below an interface: video4linux/video0, tty/ttyUSB0, host1/target…/block/sda

/// Classes of interfaces that nobody reaches without a driver of the kernel; others are left to plugins.
struct Expected {
    const char* number;
    const char* what;
    const char* driver;
};
constexpr std::array expected_drivers{Expected{"02", "serial", "cdc_acm"}, Expected{"03", "input", "usbhid"},
                                      Expected{"08", "storage", "usb-storage"}, Expected{"0e", "video", "uvcvideo"}};

std::string line_in(const fs::path& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line.size() <= 64 ? line : "";
}

/// A process names itself as it likes.
std::string program_in(const fs::path& file) {
    std::string name = line_in(file);
    std::ranges::replace_if(
        name, [](char c) { return c < ' ' || c > '~'; }, '?');
    return name.empty() ? "a process" : name;
}

/// The value of a key in a uevent file.
std::string value_in(const fs::path& uevent, std::string_view key) {
    std::ifstream stream(uevent);
    std::string line;
    while (std::getline(stream, line))
        if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == '=')
            return line.substr(key.size() + 1);
    return "";
}

/// The name of a user or group; its number where it has none.
template <class Entry, class Look> std::string name_of(unsigned id, Look look, char* Entry::*name) {
    std::array<char, 4'096> text{};
    Entry entry{};
    Entry* found = nullptr;
    return look(id, &entry, text.data(), text.size(), &found) == 0 && found ? found->*name : std::to_string(id);
}

std::string owner_of(const fs::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0)
        return "";
    char mode[8] = "";
    std::snprintf(mode, sizeof mode, "%04o", status.st_mode & 07777U);
    return name_of(status.st_uid, ::getpwuid_r, &passwd::pw_name) + ":" +
           name_of(status.st_gid, ::getgrgid_r, &group::gr_name) + " " + mode;
}

void add_node(DeviceSeen& seen, const fs::path& node, std::string subsystem, const MachinePlaces& places) {
    const auto known = [&](const auto& one) { return one.path == node.string(); };
    if (seen.nodes.size() >= nodes_max || std::ranges::any_of(seen.nodes, known))
        return;
    const std::string owner = owner_of(node);
    seen.nodes.push_back({node.string(), std::move(subsystem), owner, !owner.empty() && places.may_open(node)});
}

/// The node that a folder of sysfs stands for, if it is one.
void add_node_of(DeviceSeen& seen, const fs::path& folder, const MachinePlaces& places) {
    const std::string name = value_in(folder / "uevent", "DEVNAME");
    if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos)
        return;
    std::error_code error;
    const auto subsystem = fs::read_symlink(folder / "subsystem", error);
    add_node(seen, places.dev / name, error ? "" : subsystem.filename().string(), places);
}

void walk(DeviceSeen& seen, const fs::path& folder, const MachinePlaces& places, int depth) {
    add_node_of(seen, folder, places);
    if (depth == 0)
        return;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (entry->is_directory(error) && !entry->is_symlink(error))
            walk(seen, entry->path(), places, depth - 1);
}

void look_at_interface(DeviceSeen& seen, const fs::path& folder, const MachinePlaces& places) {
    std::error_code error;
    const std::string number = line_in(folder / "bInterfaceClass");
    const auto expected = std::ranges::find_if(expected_drivers, [&](const auto& one) { return one.number == number; });
    const std::string name = folder.filename().string();
    if (expected != expected_drivers.end() && !fs::exists(folder / "driver", error))
        seen.without_driver.push_back("the " + std::string(expected->what) + " interface " +
                                      name.substr(name.find(':') + 1) + " (usually " + expected->driver + ")");
    walk(seen, folder, places, depth_max);
}

void look_at_port(DeviceSeen& seen, const std::string& port, const MachinePlaces& places) {
    const fs::path folder = places.sys / "bus/usb/devices" / port;
    std::error_code error;
    seen.connected = fs::exists(folder / "busnum", error);
    if (!seen.connected)
        return;
    seen.vendor_id = line_in(folder / "idVendor");
    seen.product_id = line_in(folder / "idProduct");
    add_node_of(seen, folder, places);
    std::vector<fs::path> interfaces; // "1-2:1.0"; what hangs at a hub ("1-2.1") is another device
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (entry->path().filename().string().starts_with(port + ":"))
            interfaces.push_back(entry->path());
    std::ranges::sort(interfaces);
    for (const auto& interface : interfaces)
        look_at_interface(seen, interface, places);
}

bool is_process(const std::string& name) {
    return !name.empty() && name.size() < 10 &&
           std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool holds_any(const fs::path& folder, const DeviceSeen& seen, std::error_code& error) {
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code gone;
        const auto target = fs::read_symlink(entry->path(), gone);
        if (!gone && std::ranges::any_of(seen.nodes, [&](const auto& node) { return node.path == target.string(); }))
            return true;
    }
    return false;
}

void look_for_holders(DeviceSeen& seen, const MachinePlaces& places) {
    std::error_code error;
    for (fs::directory_iterator entry(places.proc, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (!is_process(name) || seen.holders.size() >= holders_max)
            continue;
        std::error_code closed;
        if (holds_any(entry->path() / "fd", seen, closed))
            seen.holders.push_back({std::stoll(name), program_in(entry->path() / "comm")});
        else if (closed == std::errc::permission_denied)
            ++seen.unseen;
    }
    std::ranges::sort(seen.holders, {}, &HolderSeen::pid);
}

} // namespace

MachinePlaces::MachinePlaces()
    : may_open([](const fs::path& file) { return ::faccessat(AT_FDCWD, file.c_str(), R_OK | W_OK, AT_EACCESS) == 0; }) {
}

std::string own_group() { return name_of(::getegid(), ::getgrgid_r, &group::gr_name); }

std::optional<DeviceSeen> look_at_device(const std::string& named, const MachinePlaces& places) {
    constexpr std::string_view nodes = "/dev/";
    const std::string physical = named.substr(0, named.find(' ')); // its parent may follow
    DeviceSeen seen;
    if (const std::string port = usb_port_of(physical); !port.empty()) {
        look_at_port(seen, port, places);
    } else if (physical.starts_with(nodes) && physical.size() > nodes.size() &&
               physical.find("..") == std::string::npos) {
        const fs::path node = places.dev / physical.substr(nodes.size());
        std::error_code error;
        seen.connected = fs::exists(node, error);
        add_node(seen, node, "", places);
    } else {
        return std::nullopt;
    }
    if (seen.connected)
        look_for_holders(seen, places);
    return seen;
}

} // namespace rekam::io
