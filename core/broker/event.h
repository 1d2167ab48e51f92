// SPDX-License-Identifier: Apache-2.0
// Everything that the outside tells the broker. The reactor shell and the simulator both speak only this.
#pragma once

#include "core/broker/config.h"
#include "core/wire/packet.h"

#include <array>
#include <variant>

namespace rekam::broker {

/// A number for one process, never used twice in the life of a broker.
using ChildId = std::uint64_t;
/// A number that comes back with the store's answer, never used twice.
using StoreToken = std::uint64_t;

/// One row of the store. The same kind and key overwrite; an empty body deletes.
struct Record {
    std::string kind, key, body;
    bool operator==(const Record&) const = default;
};

/// A line of the journal, for ever in the order of writing. Both are JSON objects made by Step::journal.
struct Entry {
    std::string body;     ///< what a supervisor needs, and no person
    std::string personal; ///< who it was about and who did it; can be erased. Empty: nobody
    bool operator==(const Entry&) const = default;
};

/// First event, exactly once: what the store holds, and who this station is. The epoch is durable already.
struct Restored {
    std::string station_id, boot, build;
    std::int64_t station_epoch = 1;
    std::vector<std::string> sandbox_missing; ///< defences that are not on, for `hello`
    Config config;
    std::vector<Record> records;
};

struct ConfigLoaded {
    Config config;
};
/// The newest files were refused; the old configuration stays.
struct ConfigRefused {
    std::string reason; ///< file, line and what to do
};

struct ChildStarted {
    ChildId child = 0;
    std::int64_t pid = 0;
};
struct ChildSpawnFailed {
    ChildId child = 0;
    std::string reason;
};
struct ChildMessage {
    ChildId child = 0;
    wire::Message message;
    /// One per descriptor: its size if it is a memfd sealed against WRITE (a host's buffers: FUTURE_WRITE), SHRINK,
    /// GROW and SEAL, else -1.
    std::vector<std::int64_t> sealed_bytes;
    /// Fresh from the kernel's generator for every message; ids that must not be guessed are made of it.
    std::array<std::uint8_t, 16> nonce{};
};
/// The channel broke a rule (bad packet, its queue overflowed): no more messages come from it. The broker kills.
struct ChannelBroken {
    ChildId child = 0;
    std::string reason;
};
/// The process has ended, and everything it had sent has been delivered before this event.
struct ChildExited {
    ChildId child = 0;
    int exit_code = 0;
    int signal = 0;          ///< 0 if it exited by itself
    std::string last_output; ///< tail of its stdout and stderr
};
/// Follows every ChildExited: no descendant of it is left (or, stuck: some are, in the kernel, and were abandoned).
/// Comes alone with `stuck` when the process itself does not die.
struct ChildGone {
    ChildId child = 0;
    bool stuck = false;
};

/// Whether anybody tells of devices that come and go.
struct HotplugWatch {
    bool watching = false;
    std::string reason; ///< why not
};
/// Something was plugged in or out: a USB, serial or video device, as the kernel says.
struct BusChanged {
    bool removed = false;
    std::string subsystem; ///< "usb", "tty", "video4linux"
    std::string devpath;   ///< of the kernel: where it is plugged in
    std::string physical;  ///< the same as devices name it: "usb:1-2.3"; empty where it is no USB device
    std::string serial;    ///< of the device, where it has one
};

struct Durable {
    StoreToken token = 0;
    /// Only what was kept back for a full disk made room for it: what begins has to wait, what ends has room.
    bool on_reserve = false;
};
struct AppendFailed {
    StoreToken token = 0;
    bool disk_full = false;
    std::string reason;
};
struct Found {
    StoreToken token = 0;
    std::optional<std::string> body;
};

struct PortReset {
    std::uint64_t device = 0;
    std::optional<std::string> failure; ///< why it could not be done
};

/// A file below /dev through which the device is reached.
struct DeviceNode {
    std::string path, subsystem; ///< "usb", "tty", "video4linux"
    std::string owner;           ///< "root:plugdev 0660"; empty: it is not there
    bool may_open = false;       ///< the station's user may read and write it
};
/// What the machine knows of a device, whatever its plugin says.
struct Probed {
    std::uint64_t number = 0;
    std::optional<std::string> failure; ///< why nobody looked
    bool connected = false;             ///< the bus has something there
    std::string vendor_id, product_id;  ///< "04a9", of a USB device
    std::vector<DeviceNode> nodes;
    std::vector<wire::ProcessShown> holders; ///< who has one of them open
    std::int64_t unseen = 0;                 ///< processes that the station's user may not look into
    std::vector<std::string> without_driver; ///< "the video interface 1.0 (usually uvcvideo)"
    std::string group;                       ///< that the station runs in
};

/// What is not in the store any more.
struct Erased {
    std::string case_;
    std::int64_t entries = 0;      ///< of the journal: what was about a person
    std::vector<std::string> jobs; ///< keys of their records
    bool had_case = false;         ///< there was a record of the case
};
/// The result of the operation that asked, or its error. `erased` in place of a result, or, beside an error, what is
/// gone although it did not end well.
struct JournalAnswered {
    StoreToken token = 0;
    std::string result;
    std::optional<model::Error> error;
    std::optional<Erased> erased = {};
};

/// The time of next_deadline_us() has come (or any later one); also harmless at any time.
struct Tick {};
/// What the machine runs on. Without a battery `percent` is empty.
struct PowerSeen {
    bool on_battery = false;
    std::optional<std::int64_t> percent;
};

/// SIGTERM: end everything in order, then ask for Exit.
struct Stop {};

using Event = std::variant<Restored, ConfigLoaded, ConfigRefused, ChildStarted, ChildSpawnFailed, ChildMessage,
                           ChannelBroken, ChildExited, ChildGone, Durable, AppendFailed, Found, PortReset, Probed,
                           JournalAnswered, PowerSeen, HotplugWatch, BusChanged, Tick, Stop>;

} // namespace rekam::broker
