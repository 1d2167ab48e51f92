// SPDX-License-Identifier: Apache-2.0
// The records that clients read (sdk/schema: slot, device, plugin, case, job), as structs.
#pragma once

#include "core/wire/card_records.h"
#include "core/wire/frame_record.h"
#include "core/wire/health_records.h"
#include "core/wire/readings.h"

#include <map>

namespace rekam::wire {

struct StationIdentity {
    std::string id, name, zone;
};
BOOST_DESCRIBE_STRUCT(StationIdentity, (), (id, name, zone))

/// Bounds that a station enforces; shown in `hello`.
struct Limits {
    std::int64_t header_bytes = 64 * 1024, parts = 16, part_bytes = 32 << 20, message_bytes = 64 << 20;
    std::int64_t open_requests = 64;  ///< per session
    std::int64_t connections = 1'024; ///< live transport connections
    std::int64_t sessions = 1'024;
    std::int64_t unread_frame_bytes = 512 << 20; ///< per session
    std::int64_t attach_bytes = 8 << 20;
    std::int64_t list_items = 100;
};
BOOST_DESCRIBE_STRUCT(Limits, (),
                      (header_bytes, parts, part_bytes, message_bytes, open_requests, connections, sessions,
                       unread_frame_bytes, attach_bytes, list_items))

struct LeaseShown {
    std::string client;
    std::int64_t remaining_ms = 0;
};
BOOST_DESCRIBE_STRUCT(LeaseShown, (), (client, remaining_ms))

/// Why a slot is out of service: what slot.hold said. Also what the store keeps.
struct Held {
    std::string reason, by;
    Time at;
};
BOOST_DESCRIBE_STRUCT(Held, (), (reason, by, at))

/// A process of the machine.
struct ProcessShown {
    std::int64_t pid = 0;
    std::string program;
};
BOOST_DESCRIBE_STRUCT(ProcessShown, (), (pid, program))

struct Slot {
    std::string slot;
    std::optional<std::string> desk;
    model::Function function = model::Function::camera;
    std::optional<std::string> device;
    std::optional<std::string> configured; ///< what slots.toml says, where slot.bind has decided otherwise
    model::Operating state = model::Operating::absent;
    model::Administrative admin = model::Administrative::in_service;
    std::optional<std::string> reason;
    std::optional<Held> held;
    std::int64_t fence = 0, caps_rev = 0;
    std::optional<RawJson> requires_;
    std::optional<LeaseShown> lease;
    std::int64_t seq = 0;
    std::optional<LastHealth> health; ///< of its device
    std::optional<RawJson> capabilities;
    std::optional<std::vector<std::string>> fallbacks; ///< what may stand in, as slots.toml says
    std::optional<bool> on_fallback;                   ///< one of them does now
    std::optional<RawJson> defaults;                   ///< parameters of a capture that names none
};
BOOST_DESCRIBE_STRUCT(Slot, (),
                      (slot, desk, function, device, configured, state, admin, reason, held, fence, caps_rev, requires_,
                       lease, seq, health, capabilities, fallbacks, on_fallback, defaults))

struct Device {
    std::string device, plugin;
    std::optional<std::string> make, model, serial, firmware, physical;
    std::optional<std::string> port; ///< what people call the place where it is plugged in
    std::vector<model::Function> functions;
    model::Operating state = model::Operating::absent;
    bool open = false;
    std::vector<std::string> slots;
    std::optional<std::int64_t> pid;
    std::int64_t caps_rev = 0, failures = 0, restarts = 0;
    std::optional<model::Error> error;
    std::int64_t seq = 0;
    std::optional<LastHealth> health;
    std::optional<std::map<std::string, RawJson>> capabilities;
};
BOOST_DESCRIBE_STRUCT(Device, (),
                      (device, plugin, make, model, serial, firmware, physical, port, functions, state, open, slots,
                       pid, caps_rev, failures, restarts, error, seq, health, capabilities))

struct Plugin {
    std::string plugin, path;
    std::optional<std::string> name, vendor, version, abi;
    std::vector<model::Function> functions;
    std::optional<std::string> process, threading;
    model::Operating state = model::Operating::starting;
    std::int64_t devices = 0;
    std::map<std::string, RawJson> requested, granted;
    std::optional<model::Error> error;
    std::int64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(Plugin, (),
                      (plugin, path, name, vendor, version, abi, functions, process, threading, state, devices,
                       requested, granted, error, seq))

struct CaseCapture {
    std::string job, slot, subject;
    std::int64_t attempt = 1;
    std::optional<model::JobState> outcome;
    std::vector<std::string> frames;
    std::optional<std::vector<std::string>> kept;
};
BOOST_DESCRIBE_STRUCT(CaseCapture, (), (job, slot, subject, attempt, outcome, frames, kept))

struct Case {
    std::string case_;
    model::Purpose purpose = model::Purpose::test;
    model::CaseState state = model::CaseState::open;
    std::optional<std::string> operator_, desk;
    std::string client;
    Time opened_at;
    std::optional<Time> closed_at;
    std::vector<CaseCapture> captures;
    std::optional<std::vector<CaseCard>> cards;
};
BOOST_DESCRIBE_STRUCT(Case, (), (case_, purpose, state, operator_, desk, client, opened_at, closed_at, captures, cards))

struct Excepted {
    std::string subject;
    model::ExceptionReason reason = model::ExceptionReason::missing;
};
BOOST_DESCRIBE_STRUCT(Excepted, (), (subject, reason))

struct Job {
    std::string job, op, slot;
    std::optional<std::string> device;
    std::string case_;
    std::optional<std::string> subject;
    std::optional<std::int64_t> attempt;
    model::JobState state = model::JobState::accepted;
    std::optional<model::JobState> outcome;
    std::optional<model::Error> error;
    std::optional<std::vector<Frame>> frames;
    std::optional<std::vector<Excepted>> excepted;
    std::optional<std::vector<Finger>> fingers;
    std::optional<Readings> readings;     ///< in memory only; the store never has them
    std::optional<bool> readings_expired; ///< there were some
    model::Effect effect = model::Effect::none;
    std::string client;
    std::optional<std::string> operator_;
    std::string idem;
    Time accepted_at;
    std::optional<Time> ended_at;
    std::optional<std::int64_t> percent, remaining_ms;
    // of a print or a card exchange
    std::optional<std::vector<model::CardStep>> steps;
    std::optional<std::string> cites, print; ///< print: the job whose card it is
    std::optional<model::CardIntent> intent;
    std::optional<CardInfo> card;
    std::optional<model::CardAt> card_at;
    std::optional<std::int64_t> counter_before, counter_after;
    std::optional<std::string> blank_serial;
    std::optional<std::int64_t> exchanges;
    std::optional<Evidence> evidence_before, evidence_after;
    std::optional<Reconciled> reconciled;
    std::optional<Reprint> reprint;
    std::optional<model::Blank> blank; ///< what became of the blank that it took
};
BOOST_DESCRIBE_STRUCT(Job, (),
                      (job, op, slot, device, case_, subject, attempt, state, outcome, error, frames, excepted, fingers,
                       readings, readings_expired, effect, client, operator_, idem, accepted_at, ended_at, percent,
                       remaining_ms, steps, cites, print, intent, card, card_at, counter_before, counter_after,
                       blank_serial, exchanges, evidence_before, evidence_after, reconciled, reprint, blank))

} // namespace rekam::wire
