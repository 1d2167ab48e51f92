// SPDX-License-Identifier: Apache-2.0
// The broker's tables. Only core/broker changes them; the simulator reads them to check its invariants.
#pragma once

#include "core/broker/capabilities.h"
#include "core/broker/effect.h"
#include "core/broker/timers.h"
#include "core/model/child.h"
#include "core/model/device.h"
#include "core/model/job.h"
#include "core/model/standing.h"
#include "core/wire/gate_messages.h"
#include "core/wire/host_messages.h"
#include "core/wire/request.h"
#include "core/wire/results.h"

#include <deque>

namespace rekam::broker {

/// Numbers of rows in the tables; 0 is none. What clients read is made of them ("J-17-12") or beside them.
using SessionNo = std::uint64_t;
using LeaseNo = std::uint64_t;
using JobNo = std::uint64_t;
using FrameNo = std::uint64_t;
using DeviceNo = std::uint64_t;
using PluginNo = std::uint64_t;

/// Where an answer goes: a number of one incarnation of the gate, useless after its death.
struct ReplyTo {
    std::uint64_t request = 0;
    std::uint64_t gate_epoch = 0;
    bool progress = false;
};

struct Child {
    ChildId id = 0;
    ChildKind kind = ChildKind::gate;
    model::ChildState state = model::ChildState::starting;
    std::uint64_t owner = 0; ///< PluginNo of an enumerator, DeviceNo of a host
    std::int64_t pid = 0;
    std::int64_t pinged_us = 0;  ///< when the unanswered ping was sent, 0: none is open
    bool done = false;           ///< it finished its task: its end is no failure
    bool opened = false;         ///< a host that was ready
    bool refused = false;        ///< the plugin said no in order: no crash
    std::optional<model::Error> fault; ///< why it was killed or gave up
};

struct Plugin {
    PluginNo no = 0;
    PluginConfig config;
    model::PluginState state = model::PluginState::starting;
    std::optional<wire::ManifestRecord> manifest;
    ChildId enumerator = 0;
    bool again = false;  ///< enumerate once more when the present run is over
    bool configured = true; ///< false: left the configuration, its devices go when idle
    model::Restarts restarts;
    std::optional<model::Error> error;
    std::vector<wire::EnumDevice> found; ///< by the enumerator that runs
    [[nodiscard]] std::string id() const { return manifest ? manifest->id : config.name; }
    [[nodiscard]] bool single() const { return manifest && manifest->threading == "single"; }
};

struct Check { ///< a health check that a host is making
    ReplyTo reply_to;
    model::HealthLevel level = model::HealthLevel::self;
    std::optional<std::string> slot;
    std::int64_t started_us = 0;
};

struct Device {
    DeviceNo no = 0;
    PluginNo plugin = 0;
    std::string id; ///< globally unique: "<plugin id>/<the plugin's own id>"
    wire::EnumDevice facts;
    model::DeviceState state = model::DeviceState::closed;
    ChildId host = 0;
    bool listed = true;
    std::map<model::Function, Capabilities> capabilities; ///< of the open device
    std::int64_t caps_rev = 0;
    bool health_beside_job = false;
    model::Restarts crashes; ///< crashes, hangs and broken promises: these quarantine
    model::Restarts refusals; ///< opens that the plugin refused in order: these only wait
    std::int64_t restarts = 0;
    std::optional<model::Error> error;
    JobNo running = 0;
    std::deque<JobNo> queue;
    std::optional<Check> check;
};

struct Slot {
    SlotConfig config;
    model::SlotState state = model::SlotState::unbound;
    model::Administrative admin = model::Administrative::in_service;
    DeviceNo device = 0;
    std::string why_unbound;
    std::optional<std::string> not_covered; ///< what its device lacks of `requires`
    std::int64_t fence = 0;
    LeaseNo lease = 0; ///< the one that holds it
};

struct Session {
    SessionNo no = 0;
    std::string token, principal, client;
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
    std::optional<ReplyTo> closing;               ///< who asked, while its jobs end
};

struct Frame {
    FrameNo no = 0;
    SessionNo session = 0;
    wire::Frame record;
    wire::Descriptor descriptor = -1;
};

struct Job {
    JobNo no = 0;
    model::JobPhase phase = model::JobPhase::accepted;
    model::EndCause cause = model::EndCause::none;
    std::optional<model::Error> refusal; ///< what the core holds against it (cause refused)
    SessionNo session = 0;
    LeaseNo lease = 0;
    DeviceNo device = 0; ///< it runs or waits there
    std::int64_t fence = 0;
    model::Function function = model::Function::camera;
    std::string principal, body_hash;
    wire::CaptureParams params;
    boost::json::object raw_params;
    std::vector<std::string> parts; ///< fingers or eyes still asked for
    std::int64_t accepted_us = 0, deadline_us = 0;
    std::vector<ReplyTo> reply_to;
    std::vector<FrameNo> frames;
    std::vector<wire::Finger> fingers;
    wire::Job record; ///< what job.get answers, and what the store keeps
};

/// A job that ended: enough to answer the same key again. Older ones have only key and hash here, the rest on disk.
struct Ended {
    std::string body_hash;
    std::string job; ///< its id
    std::optional<wire::Job> record;
    std::int64_t utc_us = 0;
};

struct Stream {
    std::int64_t seq = 0;
    std::string data;
};

struct GateLink {
    ChildId child = 0;
    std::int64_t epoch = 0; ///< grows at every start
    model::Restarts restarts;
    std::int64_t restart_count = 0;
    wire::GateCounters counters;
    std::int64_t unread = 0;               ///< descriptors sent and not yet taken
    std::deque<wire::Message> waiting;     ///< replies with descriptors beyond the credit
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
                  last_plugin = 0, last_token = 0, last_slot_fence = 0;

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
    std::map<JobNo, Job> jobs; ///< not ended
    std::map<std::string, JobNo> open_keys; ///< principal + idem of jobs not ended
    std::map<std::string, Ended> ended;     ///< by principal + idem
    std::map<std::string, std::string> ended_ids; ///< job id -> principal + idem
    std::deque<std::string> ended_order;          ///< keys whose record is in memory, oldest first
    std::map<FrameNo, Frame> frames;
    std::vector<JobNo> recording_now;                 ///< jobs of this step that wait for their record
    std::map<StoreToken, std::vector<JobNo>> recording; ///< the same, by the append that holds it
    std::map<StoreToken, std::vector<std::pair<ReplyTo, wire::Op>>> lookups;
    std::map<StoreToken, std::string> lookup_keys;
    std::vector<Record> unsaved; ///< of this step
    std::map<std::string, Stream> streams;
    std::set<std::string> dirty; ///< streams whose record may have changed in this step
    Timers timers;
};

} // namespace rekam::broker
