// SPDX-License-Identifier: Apache-2.0
// The broker's tables. Only core/broker changes them; the simulator reads them to check its invariants.
#pragma once

#include "core/broker/job_table.h"
#include "core/broker/preview_table.h"
#include "core/broker/timers.h"
#include "core/model/standing.h"
#include "core/wire/gate_messages.h"
#include "core/wire/results.h"
#include "core/wire/technician_results.h"

namespace rekam::broker {

/// What slot.bind decided; it wins over slots.toml until the slot's pattern is changed there.
struct Binding {
    std::string device, pattern; ///< pattern: what slots.toml said then
};

struct Slot {
    SlotConfig config;
    model::SlotState state = model::SlotState::unbound;
    DeviceNo device = 0;
    std::string why_unbound;
    bool ambiguous = false;                 ///< unbound because several devices match
    std::optional<std::string> not_covered; ///< what its device lacks of `requires`
    std::int64_t fence = 0;
    std::int64_t caps_rev = 0; ///< the slot's own: two devices may have the same number for different capabilities
    LeaseNo lease = 0;         ///< the one that holds it
    // Where slots.toml names fallbacks: core/broker/fallbacks.h.
    std::uint64_t no = 0;
    DeviceNo own = 0;         ///< its own device; `device` is the one that stands there
    bool on_fallback = false; ///< they differ
    std::string own_pattern;  ///< what `own` was chosen by
    std::int64_t trouble_since_us = 0, own_well_since_us = 0;
};

/// A finding that waits for what the machine knows.
struct Examined {
    ReplyTo reply_to;
    wire::Finding finding;
    DeviceNo device = 0;
};

/// A device that is to take a slot over: opened, checked against what the slot requires, and made to work once.
struct Trial {
    ReplyTo reply_to;
    std::string slot, by;
    model::HealthLevel level = model::HealthLevel::exercise;
    bool checking = false; ///< its own check runs
};

struct Session {
    SessionNo no = 0;
    std::string token, principal, client;
    wire::Principal proved;         ///< behind `principal`, by the last hello
    std::vector<model::Role> roles; ///< what that may do by the present configuration
    std::optional<std::string> operator_;
    model::SessionState state = model::SessionState::attached;
    std::int64_t seen_us = 0;
    std::int64_t unread_bytes = 0;
};

struct Lease {
    LeaseNo no = 0;
    SessionNo session = 0;
    std::string case_;
    std::vector<std::string> slots;
    std::int64_t ttl_ms = 0;
    std::int64_t expires_boot_us = 0;
    model::LeaseState state = model::LeaseState::waiting;
    ReplyTo reply_to; ///< while it waits
};

struct Case {
    wire::Case record;
    std::string principal;
    model::CasePhase phase = model::CasePhase::open;
    std::map<std::string, std::int64_t> attempts; ///< per subject
    std::vector<ReplyTo> closing;                 ///< who asked, while its jobs end
};

struct Frame {
    FrameNo no = 0;
    SessionNo session = 0;
    wire::Frame record;
    wire::Descriptor descriptor = -1;
};

struct Stream {
    std::int64_t seq = 0;
    std::string data;
};

/// What the next append writes. Cases and open jobs are named only: their rows are made then.
struct Unsaved {
    std::map<std::pair<std::string, std::string>, std::string> rows; ///< kind and key -> body; empty: delete
    std::set<std::string> cases, jobs;                               ///< ids; keys of State::open_keys
    std::vector<Entry> entries;
    [[nodiscard]] bool empty() const { return rows.empty() && cases.empty() && jobs.empty() && entries.empty(); }
};

/// What the store refused: kept until it takes it.
struct Backlog {
    struct Kept {
        std::string body;
        StoreToken since = 0; ///< the append that it was in, or would have been in: a later one wins
    };
    std::map<std::pair<std::string, std::string>, Kept> records; ///< the newest of each kind and key
    std::deque<Entry> entries;
    std::int64_t lost = 0; ///< entries beyond what is kept
    bool retry = false;    ///< it is time to try again
};

enum class Stopping : std::uint8_t { no, jobs, hosts, gate, over };

struct State {
    bool restored = false;
    std::string station_id, boot, build;
    std::int64_t station_epoch = 0;
    std::vector<std::string> sandbox_missing;
    Config config;
    wire::ConfigState config_state;
    wire::StoreState store;
    wire::Counters counters;
    Stopping stopping = Stopping::no;
    bool ready_said = false;
    std::int64_t boot_offset_us = 0; ///< boot_us - mono_us: grows in suspend

    std::uint64_t last_child = 0, last_session = 0, last_lease = 0, last_job = 0, last_frame = 0, last_device = 0,
                  last_plugin = 0, last_token = 0, last_slot_fence = 0, last_preview = 0, last_mock = 0, last_slot = 0,
                  last_probe = 0;

    GateLink gate;
    std::map<ChildId, Child> children;
    std::map<PluginNo, Plugin> plugins;
    std::map<DeviceNo, Device> devices;
    std::map<std::string, DeviceNo> device_ids;
    std::map<std::string, Slot> slots;
    std::map<SessionNo, Session> sessions;
    std::map<std::string, SessionNo> session_tokens;
    std::map<LeaseNo, Lease> leases;
    std::deque<LeaseNo> lease_queue; ///< those that wait, in order
    std::map<std::string, Case> cases;
    std::map<PreviewNo, Preview> previews;
    std::map<JobNo, Job> jobs;                                   ///< not ended
    std::map<std::string, JobNo> open_keys;                      ///< principal + idem of jobs not ended
    std::map<std::string, Ended> ended;                          ///< by principal + idem
    std::map<std::string, std::string> ended_ids;                ///< job id -> principal + idem
    std::set<std::pair<std::int64_t, std::string>> ended_by_age; ///< when, and the key: what is forgotten first
    std::deque<std::string> ended_order;                         ///< keys whose record is in memory, oldest first
    std::map<FrameNo, Frame> frames;
    std::map<std::string, std::vector<Unsettled>> unsettled; ///< by device id: what its evidence may settle
    std::map<std::uint64_t, MockCall> mocks;                 ///< by number of the call
    std::map<std::string, Binding> bindings;                 ///< slot -> what slot.bind made of it
    std::map<std::string, wire::Held> holds; ///< by slot: out of service, also while it is not configured
    std::map<DeviceNo, Trial> trials;
    std::map<std::uint64_t, Examined> probes;           ///< by number
    std::map<std::string, KeptReadings> readings;       ///< by job id
    std::vector<JobNo> recording_now;                   ///< jobs of this step that wait for their record
    std::map<StoreToken, std::vector<JobNo>> recording; ///< the same, by the append that holds it
    std::map<std::string, wire::Statistics> statistics; ///< by device id, also of devices that are not there now
    std::set<std::string> uncounted;                    ///< of these: changed since they were written
    std::optional<HotplugWatch> hotplug;                ///< once the outside has said
    std::map<std::string, PortHistory> ports;
    std::map<StoreToken, std::vector<std::pair<ReplyTo, wire::Op>>> lookups;
    std::map<StoreToken, std::string> lookup_keys;
    std::map<StoreToken, Reconciling> reconciling;
    std::set<std::string> open_outcomes; ///< keys of ended jobs that are unknown and not reconciled: never forgotten
    std::map<std::string, wire::Hopper> hoppers; ///< by device id
    /// Keys of jobs whose row the store has not confirmed since a hopper counted their blank -> its newest append.
    std::map<std::string, StoreToken> owed;
    std::vector<Promise> promised_now;                   ///< of this step
    std::map<StoreToken, std::vector<Promise>> promised; ///< by the append that holds what they say
    std::optional<wire::DrainState> drain, low_power;    ///< a person's, durable; the battery's, as last seen
    Unsaved unsaved;                                     ///< of this step, or gathered for a few ms
    std::map<StoreToken, Append> in_flight;              ///< appends without answer
    Backlog backlog;
    std::map<StoreToken, ReplyTo> journal_asked;
    std::map<std::string, Stream> streams;
    std::int64_t streams_floor = 0; ///< a stream that comes back goes on above every number of one that went
    std::set<std::string> unheard;  ///< streams that may have changed while nobody listened
    std::set<std::string> dirty;    ///< streams whose record may have changed in this step
    Timers timers;
};

} // namespace rekam::broker
