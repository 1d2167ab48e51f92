// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/invariants.h"

#include <algorithm>

namespace rekam::sim {

using broker::State;
using model::LeaseState;

/// A slot has at most one holder, and that lease exists, is held, and covers the slot.
void StateChecker::one_holder_per_slot(const State& state) {
    std::set<std::string> held;
    for (const auto& [no, lease] : state.leases)
        if (lease.state == LeaseState::held)
            for (const auto& slot : lease.slots)
                require(held.insert(slot).second, "one_holder_per_slot", slot + " is in two held leases");
    for (const auto& [name, slot] : state.slots) {
        if (slot.lease == 0)
            continue;
        const auto lease = state.leases.find(slot.lease);
        require(lease != state.leases.end() && lease->second.state == LeaseState::held &&
                    std::ranges::find(lease->second.slots, name) != lease->second.slots.end(),
                "one_holder_per_slot", name + " is held by a lease that is not");
    }
}

/// A held lease holds all of its slots, a waiting one none: a waiter can never block another.
void StateChecker::leases_hold_all_slots_or_none(const State& state) {
    for (const auto& [no, lease] : state.leases)
        for (const auto& name : lease.slots) {
            const auto slot = state.slots.find(name);
            const bool holds = slot != state.slots.end() && slot->second.lease == no;
            require(holds == (lease.state == LeaseState::held), "leases_hold_all_slots_or_none",
                    "lease " + std::to_string(no) + " and slot " + name);
        }
}

/// The queue holds every waiting lease once, in the order in which they came.
void StateChecker::waiters_stand_in_one_line(const State& state) {
    std::size_t waiting = 0;
    for (const auto& [no, lease] : state.leases)
        waiting += lease.state == LeaseState::waiting ? 1 : 0;
    require(waiting == state.lease_queue.size() && std::ranges::is_sorted(state.lease_queue),
            "waiters_stand_in_one_line", std::to_string(waiting) + " wait");
    for (const auto no : state.lease_queue)
        require(state.leases.contains(no) && state.leases.at(no).state == LeaseState::waiting,
                "waiters_stand_in_one_line", "lease " + std::to_string(no));
}

namespace {

bool waits_for_held(const State& state, broker::LeaseNo waiting) {
    return std::ranges::any_of(state.leases.at(waiting).slots,
                               [&](const auto& name) { return state.holds.contains(name); });
}

} // namespace

/// A slot out of service goes to nobody; whoever had it keeps it as long as its lease lasts.
void StateChecker::held_slots_are_not_leased(const State& state) {
    std::erase_if(held_leases_, [&](const auto& entry) { return !state.holds.contains(entry.first); });
    for (const auto& [name, slot] : state.slots) {
        if (!state.holds.contains(name))
            continue;
        const auto first = held_leases_.try_emplace(name, slot.lease).first;
        require(slot.lease == 0 || slot.lease == first->second, "held_slots_are_not_leased", name);
        first->second = slot.lease;
    }
}

/// Nobody holds a slot that an older lease waits for: whoever came first is served first. Who waits for a slot that is
/// held lets the others pass.
void StateChecker::nobody_is_overtaken(const State& state) {
    for (const auto waiting : state.lease_queue)
        if (waits_for_held(state, waiting))
            passed_over_.insert(waiting);
    for (const auto waiting : state.lease_queue)
        for (const auto& name : state.leases.at(waiting).slots) {
            const auto slot = state.slots.find(name);
            require(slot == state.slots.end() || slot->second.lease < waiting || passed_over_.contains(waiting),
                    "nobody_is_overtaken",
                    "lease " + std::to_string(waiting) + " waits for " + name + " longer than its holder did");
        }
}

/// Who wants only slots that are free, and that nobody before it wants, has them: no step leaves a slot idle.
void StateChecker::nobody_waits_for_free_slots(const State& state) {
    std::set<std::string> wanted;
    for (const auto no : state.lease_queue) {
        if (waits_for_held(state, no))
            continue;
        const auto& slots = state.leases.at(no).slots;
        const bool blocked = std::ranges::any_of(slots, [&](const auto& name) {
            return wanted.contains(name) || !state.slots.contains(name) || state.slots.at(name).lease != 0;
        });
        require(blocked, "nobody_waits_for_free_slots", "lease " + std::to_string(no));
        wanted.insert(slots.begin(), slots.end());
    }
}

/// CLOCK_BOOTTIME decides, also after a suspend. Slack: a late timer.
void StateChecker::leases_end_when_they_expire(const State& state, const Now& now) {
    for (const auto& [no, lease] : state.leases)
        require(lease.state != LeaseState::held || lease.expires_boot_us + 100 * us_per_ms > now.boot_us,
                "leases_end_when_they_expire",
                "lease " + std::to_string(no) + " is over for " +
                    std::to_string((now.boot_us - lease.expires_boot_us) / 1000) + " ms");
}

/// Leases, jobs and frames have a living session.
void StateChecker::nothing_is_owned_by_a_dead_session(const State& state) {
    const auto lives = [&](broker::SessionNo no, const std::string& what) {
        require(state.sessions.contains(no), "nothing_is_owned_by_a_dead_session", what);
    };
    for (const auto& [no, lease] : state.leases)
        lives(lease.session, "lease " + std::to_string(no));
    for (const auto& [no, job] : state.jobs)
        lives(job.session, "job " + std::to_string(no));
    for (const auto& [no, frame] : state.frames)
        lives(frame.session, "frame " + std::to_string(no));
    require(state.session_tokens.size() == state.sessions.size(), "nothing_is_owned_by_a_dead_session", "a token");
    for (const auto& [token, no] : state.session_tokens)
        require(state.sessions.contains(no) && state.sessions.at(no).token == token,
                "nothing_is_owned_by_a_dead_session", "a token");
}

/// A case that is closed has no job any more, one that is closing no lease, and every lease has a case of its own
/// principal.
void StateChecker::closed_cases_own_nothing(const State& state) {
    for (const auto& [no, lease] : state.leases) {
        const auto found = state.cases.find(lease.case_);
        require(found != state.cases.end() && found->second.phase == model::CasePhase::open, "closed_cases_own_nothing",
                "lease " + std::to_string(no) + " of " + lease.case_);
        require(found->second.principal == state.sessions.at(lease.session).principal, "closed_cases_own_nothing",
                "lease " + std::to_string(no) + " is for a stranger's case");
    }
    for (const auto& [no, job] : state.jobs) {
        const auto found = state.cases.find(job.record.case_);
        require(found != state.cases.end() && found->second.phase != model::CasePhase::closed,
                "closed_cases_own_nothing", job.record.job + " of " + job.record.case_);
        const bool finishing = job.phase == model::JobPhase::committing || job.phase == model::JobPhase::sent;
        require(found->second.phase == model::CasePhase::open || finishing ||
                    job.phase == model::JobPhase::interrupting,
                "closed_cases_own_nothing", job.record.job + " goes on in a case that is closing");
    }
}

/// A preview ends in the step that ends its lease; a device shows one at most, the one that its slot stands for.
void StateChecker::previews_have_their_lease(const State& state) {
    std::set<broker::DeviceNo> devices;
    for (const auto& [no, preview] : state.previews) {
        const std::string id = "preview " + std::to_string(no);
        const auto lease = state.leases.find(preview.lease);
        require(lease != state.leases.end() && lease->second.state == LeaseState::held &&
                    lease->second.session == preview.session &&
                    std::ranges::find(lease->second.slots, preview.slot) != lease->second.slots.end(),
                "previews_have_their_lease", id);
        const auto slot = state.slots.find(preview.slot);
        require(slot != state.slots.end() && slot->second.device == preview.device &&
                    slot->second.fence == preview.fence,
                "previews_have_their_lease", id + " shows a device that its slot has left");
        require(devices.insert(preview.device).second, "one_preview_per_device", id);
        require(!preview.given || state.devices.at(preview.device).preview == no, "one_preview_per_device", id);
    }
}

} // namespace rekam::sim
