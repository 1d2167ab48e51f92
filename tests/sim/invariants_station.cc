// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/invariants.h"

#include <algorithm>

namespace rekam::sim {

using broker::ChildKind;
using broker::State;
using model::ChildState;
using model::DeviceState;

void StateChecker::station_started() {
    gate_epoch_ = 0;
    streams_.clear();
    passed_over_.clear();
    held_leases_.clear();
}

/// Fences of a slot, the station's epoch, the gate's epoch: over restarts too.
void StateChecker::fences_and_epochs_only_grow(const State& state) {
    require(state.station_epoch >= station_epoch_, "fences_and_epochs_only_grow", "the station's epoch");
    require(state.gate.epoch >= gate_epoch_, "fences_and_epochs_only_grow", "the gate's epoch");
    station_epoch_ = state.station_epoch;
    gate_epoch_ = state.gate.epoch;
    for (const auto& [name, slot] : state.slots) {
        auto& last = fences_[name];
        require(slot.fence >= last && slot.fence > 0, "fences_and_epochs_only_grow", name);
        last = slot.fence;
    }
}

/// Subscribers drop what is not newer than what they have: a number that falls makes them blind.
void StateChecker::stream_numbers_only_grow(const State& state) {
    for (const auto& [name, stream] : state.streams) {
        auto& last = streams_[name];
        require(stream.seq >= last, "stream_numbers_only_grow", name);
        last = stream.seq;
    }
}

void StateChecker::queues_are_bounded(const State& state) {
    const auto at_most = [](std::size_t size, std::int64_t limit, const std::string& what) {
        require(static_cast<std::int64_t>(size) <= limit, "queues_are_bounded",
                what + ": " + std::to_string(size) + " of " + std::to_string(limit));
    };
    const auto& quotas = state.config.quotas;
    at_most(state.lease_queue.size(), quotas.lease_waiters, "waiters");
    at_most(state.sessions.size(), state.config.limits.sessions, "sessions");
    at_most(state.ended_order.size(), quotas.jobs_kept, "ended jobs in memory");
    at_most(state.ended.size(), quotas.idem_entries, "keys");
    at_most(static_cast<std::size_t>(state.gate.unread), wire::descriptor_credit, "descriptors not yet taken");
    at_most(state.gate.waiting.size(), state.config.limits.sessions * state.config.limits.open_requests, "replies");
    for (const auto& [no, device] : state.devices)
        at_most(device.queue.size() + (device.running != 0 ? 1U : 0U), quotas.jobs_per_device, device.id);
    for (const auto& [no, job] : state.jobs) {
        at_most(job.frames.size(), quotas.frames_per_job, job.record.job);
        at_most(job.reply_to.size(), 4, "those who wait for " + job.record.job);
    }
    std::size_t open = 0;
    for (const auto& [id, kept] : state.cases) {
        open += kept.phase != model::CasePhase::closed ? 1U : 0U;
        at_most(kept.record.captures.size(), quotas.captures_per_case, id);
    }
    at_most(open, quotas.cases_open, "open cases");
}

/// No second host for a device while one of its tree is left.
void StateChecker::one_host_per_device(const State& state) {
    std::set<std::uint64_t> devices, plugins, shared;
    int gates = 0;
    for (const auto& [id, child] : state.children) {
        for (const auto device : child.devices)
            require(devices.insert(device).second && state.devices.contains(device) &&
                        state.devices.at(device).host == id && state.devices.at(device).plugin == child.owner,
                    "one_host_per_device", "child " + std::to_string(id));
        require(child.kind != ChildKind::host || child.shared || child.devices.size() == 1, "one_host_per_device",
                "child " + std::to_string(id) + " has " + std::to_string(child.devices.size()) + " devices");
        require(!child.shared || shared.insert(child.owner).second, "one_host_per_shared_plugin",
                "child " + std::to_string(id));
        if (child.kind == ChildKind::enumerator && child.state != ChildState::stuck)
            require(plugins.insert(child.owner).second && state.plugins.contains(child.owner) &&
                        state.plugins.at(child.owner).enumerator == id,
                    "one_host_per_device", "enumerator " + std::to_string(id));
        gates += child.kind == ChildKind::gate && child.state != ChildState::stuck ? 1 : 0;
    }
    require(gates <= 1, "one_host_per_device", "two gates");
}

/// The state that clients are shown is that of the process behind it.
void StateChecker::devices_and_hosts_agree(const State& state) {
    for (const auto& [no, device] : state.devices) {
        const auto host = state.children.find(device.host);
        require((device.host == 0) == (host == state.children.end()), "devices_and_hosts_agree",
                device.id + " has a host that is not there");
        const bool opened = host != state.children.end() && device.opened;
        const bool usable = device.state == DeviceState::ready || device.state == DeviceState::busy ||
                            device.state == DeviceState::degraded;
        require(!usable || opened, "devices_and_hosts_agree",
                device.id + " is shown as " + std::string(model::name(device.state)) + " without an open host");
        require((device.state == DeviceState::busy) == (device.running != 0), "devices_and_hosts_agree",
                device.id + " is busy without a job, or the other way round");
        require(state.plugins.contains(device.plugin), "devices_and_hosts_agree", device.id + " has no plugin");
        require(state.device_ids.contains(device.id) && state.device_ids.at(device.id) == no, "devices_and_hosts_agree",
                device.id + " cannot be found by its id");
    }
    require(state.device_ids.size() == state.devices.size(), "devices_and_hosts_agree", "ids of devices");
}

/// A slot is bound to a device that exists and has its function.
void StateChecker::slots_and_devices_agree(const State& state) {
    for (const auto& [name, slot] : state.slots) {
        require((slot.device != 0) == (slot.state == model::SlotState::bound), "slots_and_devices_agree", name);
        if (slot.device == 0)
            continue;
        const auto device = state.devices.find(slot.device);
        require(device != state.devices.end() &&
                    std::ranges::find(device->second.facts.functions, slot.config.function) !=
                        device->second.facts.functions.end(),
                "slots_and_devices_agree", name + " is bound to what it cannot use");
        require(slot.on_fallback == (!slot.config.fallbacks.empty() && slot.device != slot.own),
                "slots_and_devices_agree", name + " does not know who stands in");
    }
}

/// Trouble of the device that stands there, and its own device's being well, are seen to have lasted when they have.
/// The end of a job and the release of a slot look by themselves.
void StateChecker::places_are_looked_at_again(const State& state, const Now& now) {
    for (const auto& [name, slot] : state.slots) {
        const auto device = state.devices.find(slot.device);
        if (state.holds.contains(name) || (device != state.devices.end() && device->second.running != 0))
            continue;
        for (const auto since_us : {slot.trouble_since_us, slot.own_well_since_us})
            require(since_us == 0 || now.mono_us >= since_us + state.config.supervision.fallback_after_ms * us_per_ms ||
                        state.timers.is_armed({broker::Timer::Kind::slot_place, slot.no}),
                    "places_are_looked_at_again", name);
    }
}

/// Every living child has a timer that notices when it stands still; a gate is always there or will be.
void StateChecker::children_are_watched(const State& state) {
    using Kind = broker::Timer::Kind;
    for (const auto& [id, child] : state.children)
        if (child.state == ChildState::starting || child.state == ChildState::up)
            require(state.timers.is_armed({Kind::child_start, id}) || state.timers.is_armed({Kind::child_ping, id}),
                    "children_are_watched", "child " + std::to_string(id));
    const bool gate = state.gate.child != 0 || state.timers.is_armed({Kind::gate_retry, 0}) ||
                      std::ranges::any_of(state.children, [](const auto& entry) {
                          return entry.second.kind == ChildKind::gate && entry.second.state != ChildState::stuck;
                      });
    require(gate || state.stopping != broker::Stopping::no, "children_are_watched", "there will be no gate");
}

/// A reset, a replacement and a device that is to show itself end, whatever the device and the kernel do; a replacement
/// has no slot before it is through.
void StateChecker::mending_is_bounded(const State& state) {
    using Kind = broker::Timer::Kind;
    for (const auto& [no, device] : state.devices)
        require(!device.reset || state.timers.is_armed({Kind::device_reset, no}), "mending_is_bounded", device.id);
    for (const auto& [no, device] : state.devices)
        require(!device.identify || (device.host != 0 && state.timers.is_armed({Kind::identify_overdue, no})),
                "mending_is_bounded", device.id);
    for (const auto& [no, trial] : state.trials)
        require(state.devices.contains(no) && state.timers.is_armed({Kind::device_trial, no}), "mending_is_bounded",
                "device " + std::to_string(no) + " for " + trial.slot);
}

void StateChecker::check(const State& state, const Now& now, const std::set<wire::Descriptor>& descriptors) {
    one_holder_per_slot(state);
    leases_hold_all_slots_or_none(state);
    waiters_stand_in_one_line(state);
    held_slots_are_not_leased(state);
    nobody_is_overtaken(state);
    nobody_waits_for_free_slots(state);
    leases_end_when_they_expire(state, now);
    nothing_is_owned_by_a_dead_session(state);
    closed_cases_own_nothing(state);
    previews_have_their_lease(state);
    jobs_are_where_they_say(state);
    jobs_without_lease_are_being_ended(state);
    keys_name_open_jobs(state);
    jobs_end_by_their_deadline(state, now);
    frames_belong_to_their_session(state);
    frames_belong_to_jobs_that_may_keep_them(state);
    descriptors_are_those_of_frames(state, descriptors);
    fences_and_epochs_only_grow(state);
    stream_numbers_only_grow(state);
    queues_are_bounded(state);
    one_host_per_device(state);
    devices_and_hosts_agree(state);
    slots_and_devices_agree(state);
    places_are_looked_at_again(state, now);
    children_are_watched(state);
    mending_is_bounded(state);
    the_ledger_adds_up(state);
}

} // namespace rekam::sim
