// SPDX-License-Identifier: Apache-2.0
// What the machine knows of one device: whether the bus has it, through which files it is reached, who has them open,
// and what of it no driver has taken. Reading /proc and /sys may hang on a broken device: call it on a thread that
// nothing waits for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rekam::io {

/// Where the machine shows itself. Tests have a tree of files.
struct MachinePlaces {
    std::filesystem::path proc = "/proc", sys = "/sys", dev = "/dev";
    /// Whether this process may read and write the file.
    std::function<bool(const std::filesystem::path&)> may_open;
    MachinePlaces();
};

struct NodeSeen {
    std::string path, subsystem; ///< "usb", "tty", "video4linux"; empty where it is not known
    std::string owner;           ///< "root:plugdev 0660"; empty: the file is not there
    bool may_open = false;
};

struct HolderSeen {
    std::int64_t pid = 0;
    std::string program;
};

struct DeviceSeen {
    bool connected = false;
    std::string vendor_id, product_id;
    std::vector<NodeSeen> nodes;
    std::vector<HolderSeen> holders;
    std::int64_t unseen = 0;                 ///< processes that may not be looked into
    std::vector<std::string> without_driver; ///< interfaces that need one: "the video interface 1.0 (usually uvcvideo)"
};

/// `physical` as plugins name it: "usb:1-2.3", or a node below /dev. Empty: it names neither.
std::optional<DeviceSeen> look_at_device(const std::string& physical, const MachinePlaces& places = {});

/// The group that this process runs in.
std::string own_group();

} // namespace rekam::io
