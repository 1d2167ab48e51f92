// SPDX-License-Identifier: Apache-2.0
// What the broker answers about the station, its parts, leases and cases: `result`, `progress` and events.
#pragma once

#include "core/wire/job_results.h"

namespace rekam::wire {

struct Sandbox {
    std::string level;                ///< "process": every device's code runs in a process of its own
    std::vector<std::string> missing; ///< defences that are not on
};
BOOST_DESCRIBE_STRUCT(Sandbox, (), (level, missing))

struct HelloResult {
    std::string session;
    bool resumed = false;
    StationIdentity station;
    std::int64_t station_epoch = 0, gate_epoch = 0;
    std::vector<std::int64_t> versions{1};
    std::vector<std::string> rights; ///< the operations that its roles allow
    std::vector<model::Role> roles;
    Limits limits;
    Sandbox sandbox;
    std::optional<std::string> data; ///< where tickets are shown, for who may have some
};
BOOST_DESCRIBE_STRUCT(HelloResult, (),
                      (session, resumed, station, station_epoch, gate_epoch, versions, rights, roles, limits, sandbox,
                       data))

struct Counts {
    std::int64_t slots = 0, devices = 0, plugins = 0, sessions = 0, leases = 0, jobs = 0, cases_open = 0,
                 unread_frames = 0;
};
BOOST_DESCRIBE_STRUCT(Counts, (), (slots, devices, plugins, sessions, leases, jobs, cases_open, unread_frames))

struct StoreState {
    std::string state = "ok"; ///< ok, failed, reserve (the disk is full, and there is what was kept back), full
    std::optional<std::string> reason;
};
BOOST_DESCRIBE_STRUCT(StoreState, (), (state, reason))

struct ConfigState {
    std::int64_t rev = 1;
    std::optional<std::string> error; ///< why the newest files were refused, while the old configuration stays
};
BOOST_DESCRIBE_STRUCT(ConfigState, (), (rev, error))

struct Counters {
    std::int64_t http_closed = 0, bad_requests = 0, gate_restarts = 0, host_restarts = 0, children_killed = 0,
                 events_dropped = 0;
};
BOOST_DESCRIBE_STRUCT(Counters, (),
                      (http_closed, bad_requests, gate_restarts, host_restarts, children_killed, events_dropped))

/// Why the station takes no new side effects.
struct DrainState {
    model::DrainCause cause = model::DrainCause::person;
    std::string reason, by;
    Time since;
};
BOOST_DESCRIBE_STRUCT(DrainState, (), (cause, reason, by, since))
struct DrainResult {
    std::optional<DrainState> drain;
    std::int64_t side_effects = 0; ///< prints and card writings that have not ended
};
BOOST_DESCRIBE_STRUCT(DrainResult, (), (drain, side_effects))
/// A port whose device came and went.
struct Port {
    std::string port;                ///< "usb:1-2.3"
    std::optional<std::string> name; ///< what people call it
    std::int64_t removals = 0;
    Time last; ///< removal
    bool flapping = false;
};
BOOST_DESCRIBE_STRUCT(Port, (), (port, name, removals, last, flapping))

/// How the station hears of devices that are plugged in and out.
struct Hotplug {
    std::string state = "starting"; ///< udev, polling, off
    std::optional<std::string> reason;
    std::optional<std::int64_t> poll_ms;
    std::vector<Port> ports;
};
BOOST_DESCRIBE_STRUCT(Hotplug, (), (state, reason, poll_ms, ports))

/// Also the data of the stream "station" (then without now and seq).
struct StationResult {
    StationIdentity station;
    std::int64_t station_epoch = 0, gate_epoch = 0;
    std::optional<Time> now;
    model::Operating state = model::Operating::ready;
    Counts counts;
    StoreState store;
    ConfigState config;
    Counters counters;
    std::optional<DrainState> drain;
    std::int64_t side_effects = 0; ///< prints and card writings that have not ended
    std::optional<Hotplug> hotplug;
    std::optional<std::int64_t> seq;
};
BOOST_DESCRIBE_STRUCT(StationResult, (),
                      (station, station_epoch, gate_epoch, now, state, counts, store, config, counters, drain,
                       side_effects, hotplug, seq))

struct SlotList {
    std::vector<Slot> slots;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(SlotList, (), (slots, next))
struct SlotResult {
    Slot slot;
};
BOOST_DESCRIBE_STRUCT(SlotResult, (), (slot))
struct DeviceList {
    std::vector<Device> devices;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(DeviceList, (), (devices, next))
struct DeviceResult {
    Device device;
};
BOOST_DESCRIBE_STRUCT(DeviceResult, (), (device))
struct PluginList {
    std::vector<Plugin> plugins;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(PluginList, (), (plugins, next))
struct PluginResult {
    Plugin plugin;
    std::optional<std::int64_t> cleared; ///< quarantines that ended
};
BOOST_DESCRIBE_STRUCT(PluginResult, (), (plugin, cleared))

struct SlotFence {
    std::string slot;
    std::int64_t fence = 0;
};
BOOST_DESCRIBE_STRUCT(SlotFence, (), (slot, fence))
struct LeaseResult {
    std::string lease, case_;
    std::vector<SlotFence> slots;
    std::int64_t ttl_ms = 0, remaining_ms = 0;
};
BOOST_DESCRIBE_STRUCT(LeaseResult, (), (lease, case_, slots, ttl_ms, remaining_ms))
struct LeaseProgress {
    std::int64_t position = 0;
    std::optional<model::Holder> holder;
    std::int64_t remaining_ms = 0;
    std::optional<Held> held; ///< a slot that it waits for is out of service
};
BOOST_DESCRIBE_STRUCT(LeaseProgress, (), (position, holder, remaining_ms, held))
struct LeaseReleased {
    std::string lease;
};
BOOST_DESCRIBE_STRUCT(LeaseReleased, (), (lease))
struct LeaseEntry {
    std::string lease;
    std::vector<std::string> slots;
    std::string client;
    std::optional<std::string> operator_;
    std::int64_t remaining_ms = 0;
    bool mine = false;
    std::optional<std::string> case_;
};
BOOST_DESCRIBE_STRUCT(LeaseEntry, (), (lease, slots, client, operator_, remaining_ms, mine, case_))
struct LeaseList {
    std::vector<LeaseEntry> leases;
};
BOOST_DESCRIBE_STRUCT(LeaseList, (), (leases))

struct CaseOpened {
    std::string case_;
};
BOOST_DESCRIBE_STRUCT(CaseOpened, (), (case_))
struct CaseResult {
    Case case_;
};
BOOST_DESCRIBE_STRUCT(CaseResult, (), (case_))
struct CaseList {
    std::vector<Case> cases;
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(CaseList, (), (cases, next))

} // namespace rekam::wire
