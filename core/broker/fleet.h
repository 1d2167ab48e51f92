// SPDX-License-Identifier: Apache-2.0
// Rows of the broker's tables about processes, plugins and devices.
#pragma once

#include "core/broker/capabilities.h"
#include "core/broker/effect.h"
#include "core/model/child.h"
#include "core/model/device.h"
#include "core/wire/gate_messages.h"
#include "core/wire/host_messages.h"

#include <deque>

namespace rekam::broker {

/// Numbers of rows in the tables; 0 is none. What clients read is made of them ("J-17-12") or beside them.
using SessionNo = std::uint64_t;
using LeaseNo = std::uint64_t;
using JobNo = std::uint64_t;
using FrameNo = std::uint64_t;
using DeviceNo = std::uint64_t;
using PluginNo = std::uint64_t;
using PreviewNo = std::uint64_t;

/// Where an answer goes: a number of one incarnation of the gate, useless after its death.
struct ReplyTo {
    std::uint64_t request = 0;
    std::uint64_t gate_epoch = 0;
    bool progress = false;
    SessionNo session = 0; ///< who asked
};

struct Child {
    ChildId id = 0;
    ChildKind kind = ChildKind::gate;
    model::ChildState state = model::ChildState::starting;
    PluginNo owner = 0; ///< of an enumerator or a host
    /// Of a host: what is open in it, is being opened or closed. One, or all of a plugin with process=shared.
    std::vector<DeviceNo> devices;
    bool shared = false;          ///< a host that further devices may enter
    std::vector<DeviceNo> blamed; ///< of a host that died: those that may have killed it. Empty: any of them
    std::int64_t pid = 0;
    std::int64_t pinged_us = 0;        ///< when the unanswered ping was sent, 0: none is open
    bool done = false;                 ///< it finished its task: its end is no failure
    bool renews = false;               ///< ends when nothing works in it any more, and is started again
    bool refused = false;              ///< the plugin said no in order: no crash
    std::optional<model::Error> fault; ///< why it was killed or gave up
    std::optional<model::Crash> crash; ///< how it ended, without the call
};

struct Plugin {
    PluginNo no = 0;
    PluginConfig config;
    model::PluginState state = model::PluginState::starting;
    std::optional<wire::ManifestRecord> manifest;
    ChildId enumerator = 0;
    std::int64_t news_since_us = 0; ///< since when its bus is not settled; 0: it is
    bool again = false;             ///< enumerate once more when the present run is over
    bool configured = true;         ///< false: left the configuration, its devices go when idle
    model::Restarts restarts;
    std::optional<model::Error> error;
    std::optional<model::Crash> crash;   ///< of the enumerator behind `error`
    std::vector<wire::EnumDevice> found; ///< by the enumerator that runs
    [[nodiscard]] std::string id() const { return manifest ? manifest->id : config.name; }
    [[nodiscard]] bool single() const { return manifest && manifest->threading == "single"; }
    /// All its devices are open in one process.
    [[nodiscard]] bool shared() const { return manifest && manifest->process == "shared" && !single(); }
};

/// A tester's word to a made-up device, until its process answers.
struct MockCall {
    ReplyTo reply_to;
    std::string device; ///< its id
    PluginNo plugin = 0;
    ChildId child = 0; ///< who was told; 0: waits for a process that lists the plugin's devices
    wire::HostMock order;
};

struct CheckAsked { ///< a health check that somebody wants
    ReplyTo reply_to;
    model::HealthLevel level = model::HealthLevel::self;
    std::optional<std::string> slot;
    std::int64_t at_most_ms = 0;
    SessionNo session = 0;
};

struct Check { ///< one that a host is making
    CheckAsked asked;
    bool own = false; ///< nobody asked: the station looks after its devices
    std::int64_t started_us = 0;
    bool for_readings = false;      ///< nobody asked: a print waits for what it reads
    std::optional<CheckAsked> next; ///< came while the station's own was under way
};

/// Somebody wants to see which device it is.
struct IdentifyAsked {
    ReplyTo reply_to;
    std::string slot, by;
    std::int64_t seconds = 0;
    std::uint64_t number = 0; ///< of this device's calls
};

struct SeenReading { ///< a figure of a device's last health report that had it
    std::int64_t value = 0, seen_us = 0;
};

/// A reset under way: the process ends, then the port is reset, then the device is opened again.
struct Reset {
    model::ResetLevel level = model::ResetLevel::restart;
    std::optional<ReplyTo> reply_to; ///< absent: the station does it by itself
    std::string slot;
    std::int64_t started_us = 0;
    bool at_port = false; ///< the port is being reset: the device stays closed
};

struct Device {
    DeviceNo no = 0;
    PluginNo plugin = 0;
    std::string id; ///< globally unique: "<plugin id>/<the plugin's own id>"
    wire::EnumDevice facts;
    model::DeviceState state = model::DeviceState::closed;
    ChildId host = 0;
    bool opened = false;  ///< its host has said that it is ready
    bool leaving = false; ///< its host was asked to close it
    bool gone = false;    ///< its host says that it is unplugged: closed, and opened when it is listed again
    bool listed = true;
    std::map<model::Function, Capabilities> capabilities; ///< of the open device
    std::int64_t caps_rev = 0;
    bool health_beside_job = false;
    std::optional<std::string> encoder; ///< physical path of the reader at its chip station, if not itself
    model::Restarts crashes;            ///< crashes, hangs and broken promises: these quarantine
    model::Restarts refusals;           ///< opens that the plugin refused in order: these only wait
    std::int64_t restarts = 0;
    std::optional<model::Error> error;
    std::optional<model::Crash> crash;    ///< of the process behind `error`
    std::optional<model::Code> journaled; ///< the refusal that the journal knows: one that is repeated says nothing new
    bool can_preview = false, can_identify = false;
    std::optional<IdentifyAsked> identify; ///< its host was asked
    std::uint64_t last_identify = 0;
    PreviewNo preview = 0; ///< that its host was given and has not ended; it may be no client's any more
    JobNo running = 0;
    std::deque<JobNo> queue;
    std::int64_t running_since_us = 0;
    std::optional<Check> check;
    std::optional<Reset> reset;
    std::optional<model::ResetLevel> tried; ///< the last reset that was asked for
    std::int64_t tried_us = 0;
    std::int64_t resets = 0;
    std::int64_t unopened = 0;                   ///< tries to open it in a row that failed
    std::int64_t failed_us = 0;                  ///< when the last one did
    std::deque<std::int64_t> unplugged_us{};     ///< when it went away, the last few times
    std::map<std::string, SeenReading> readings; ///< of this opening
    std::int64_t reported_us = 0;                ///< when its last health report came, 0: none of this opening
    std::optional<wire::LastHealth> health;
    bool degraded = false;          ///< as its checks say; also while it works
    std::int64_t disagreeing = 0;   ///< own checks in a row that said otherwise than the state
    bool failing = false;           ///< its checks say that it cannot work: down, though it is open
    std::int64_t failed_checks = 0; ///< in a row that said so
    bool unplugged = false;         ///< the bus says so; its host may not know yet
};

/// A port at which devices come and go.
struct PortHistory {
    std::int64_t removals = 0;
    wire::Time last;
    std::deque<std::int64_t> recent_us; ///< removals within the window
    bool flapping = false;
};

struct GateLink {
    ChildId child = 0;
    std::int64_t epoch = 0; ///< grows at every start
    model::Restarts restarts;
    std::int64_t restart_count = 0;
    wire::GateCounters counters;
    std::vector<std::string> interests; ///< prefixes of streams that somebody listens to
    std::int64_t unread = 0;            ///< descriptors sent and not yet taken
    std::deque<wire::Message> waiting;  ///< replies with descriptors beyond the credit
};

} // namespace rekam::broker
