// SPDX-License-Identifier: Apache-2.0
#include "core/broker/leases.h"

#include "core/broker/holds.h"
#include "core/broker/jobs.h"
#include "core/broker/previews.h"
#include "core/broker/refusals.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <algorithm>
#include <set>

namespace rekam::broker {
namespace {

using model::Code;
using model::make_error;

std::string subject_of(const Step& step, LeaseNo no) { return "lease " + lease_id(step.s, no); }

/// The lease that stands in the way of these slots, if any; `ahead` are slots that earlier waiters want.
const Lease* blocker(const State& s, const std::vector<std::string>& slots) {
    for (const auto& name : slots)
        if (const auto slot = s.slots.find(name); slot != s.slots.end() && slot->second.lease != 0)
            return &s.leases.at(slot->second.lease);
    return nullptr;
}

bool any_held(const State& s, const std::vector<std::string>& slots) {
    return std::ranges::any_of(slots, [&](const auto& name) { return s.holds.contains(name); });
}

bool touches(const std::vector<std::string>& slots, const std::set<std::string>& others) {
    return std::ranges::any_of(slots, [&](const auto& name) { return others.contains(name); });
}

wire::LeaseResult result_of(const Step& step, const Lease& lease) {
    wire::LeaseResult result{lease_id(step.s, lease.no), lease.case_, {}, lease.ttl_ms, remaining_ms(step, lease)};
    for (const auto& name : lease.slots)
        result.slots.push_back({name, step.s.slots.at(name).fence});
    return result;
}

void arm_expiry(Step& step, const Lease& lease) {
    // One that is over, after a suspend, ends in this very step. Any other never at this very moment: two clocks are
    // never read at once, and a lease that CLOCK_BOOTTIME keeps alive for some microseconds more must not be looked at
    // for ever in one step.
    const std::int64_t due_us =
        lease.expires_boot_us <= step.now.boot_us
            ? step.now.mono_us
            : std::max(lease.expires_boot_us - step.s.boot_offset_us, step.now.mono_us + us_per_ms);
    step.s.timers.arm({Timer::Kind::lease_expiry, lease.no}, due_us);
}

void grant(Step& step, Lease& lease) {
    advance(step, subject_of(step, lease.no), lease.state, model::LeaseEvent::grant);
    lease.expires_boot_us = step.now.boot_us + lease.ttl_ms * us_per_ms;
    for (const auto& name : lease.slots) {
        Slot& slot = step.s.slots.at(name);
        slot.lease = lease.no;
        slot.fence = next_fence(step.s);
        touch_slot(step, name);
    }
    step.s.timers.disarm({Timer::Kind::lease_wait, lease.no});
    arm_expiry(step, lease);
    step.reply(lease.reply_to, wire::encode(result_of(step, lease)));
}

void tell_held(Step& step, const Lease& lease, std::int64_t position) {
    wire::LeaseProgress progress;
    progress.position = position;
    for (const auto& name : lease.slots)
        if (const auto held = step.s.holds.find(name); held != step.s.holds.end())
            progress.held = held->second;
    step.progress(lease.reply_to, wire::encode(progress));
}

/// Grants whom it can, in order, and tells the others where they stand.
void serve_queue(Step& step) {
    State& s = step.s;
    std::set<std::string> wanted_before;
    std::deque<LeaseNo> still;
    for (const LeaseNo no : s.lease_queue) {
        Lease& lease = s.leases.at(no);
        if (any_held(s, lease.slots)) { // it keeps its place, and keeps nobody from its other slots meanwhile
            still.push_back(no);
            tell_held(step, lease, std::ssize(still));
            continue;
        }
        const Lease* held_by = blocker(s, lease.slots);
        if (!held_by && !touches(lease.slots, wanted_before)) {
            grant(step, lease);
            continue;
        }
        wanted_before.insert(lease.slots.begin(), lease.slots.end());
        still.push_back(no);
        wire::LeaseProgress progress;
        progress.position = std::ssize(still);
        if (held_by) {
            progress.holder = holder_of(step, *held_by);
            progress.remaining_ms = remaining_ms(step, *held_by);
        }
        step.progress(lease.reply_to, wire::encode(progress));
    }
    s.lease_queue = std::move(still);
}

/// Who is in the way: the holder of one of the slots, or else the first that waits for one of them.
model::Error held_error(const Step& step, const std::vector<std::string>& slots, std::int64_t position) {
    auto error = make_error(Code::lease_held, "");
    const Lease* in_the_way = blocker(step.s, slots);
    for (const auto no : step.s.lease_queue) {
        const Lease& waiter = step.s.leases.at(no);
        if (!in_the_way && touches(slots, {waiter.slots.begin(), waiter.slots.end()}))
            in_the_way = &waiter;
    }
    error.remaining_ms = 0;
    if (in_the_way) {
        error.holder = holder_of(step, *in_the_way);
        if (in_the_way->state == model::LeaseState::held)
            error.remaining_ms = remaining_ms(step, *in_the_way);
        for (const auto& name : slots)
            if (std::ranges::find(in_the_way->slots, name) != in_the_way->slots.end())
                error.slot = name;
    }
    error.retry_ms = std::max<std::int64_t>(1'000, *error.remaining_ms);
    error.message = "slot " + error.slot.value_or("") + " is leased by another client; try again, or send wait_ms";
    error.position = position;
    return error;
}

std::optional<model::Error> cannot_lease(const Step& step, const Asked& asked, const wire::LeaseAcquireParams& params) {
    for (std::size_t i = 0; i < params.slots.items.size(); ++i) {
        const std::string& name = params.slots.items[i];
        const std::string path = "params.slots[" + std::to_string(i) + "]";
        if (!step.s.slots.contains(name))
            return unknown_slot(name, path);
    }
    const auto kept = step.s.cases.find(params.case_);
    if (kept == step.s.cases.end() || kept->second.principal != step.s.sessions.at(asked.session).principal)
        return unknown_case(params.case_);
    if (kept->second.phase == model::CasePhase::open)
        return std::nullopt;
    auto error = case_closed(params.case_);
    error.path = "params.case";
    return error;
}

/// Leases of one's own that are in the way, for another case or the same one.
std::optional<model::Error> own_conflict(const Step& step, const Asked& asked, const wire::LeaseAcquireParams& params) {
    for (const std::string& name : params.slots.items) {
        const auto lease = step.s.leases.find(step.s.slots.at(name).lease);
        if (lease == step.s.leases.end() || lease->second.session != asked.session)
            continue;
        auto error = make_error(Code::lease_held, "this session holds " + lease_id(step.s, lease->first) + " on slot " +
                                                      name + " already; use it, or release it first");
        error.slot = name;
        error.remaining_ms = remaining_ms(step, lease->second);
        error.holder = holder_of(step, lease->second);
        return error;
    }
    return std::nullopt;
}

} // namespace

void lease_acquire(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& params = std::get<wire::LeaseAcquireParams>(asked.request.params);
    auto error = cannot_lease(step, asked, params);
    if (!error)
        error = own_conflict(step, asked, params);
    if (error)
        return step.reply(asked.reply_to, *error);
    Lease lease;
    lease.session = asked.session;
    lease.case_ = params.case_.value;
    for (const std::string& name : params.slots.items)
        lease.slots.push_back(name);
    lease.ttl_ms = params.ttl_ms ? params.ttl_ms->value : 60'000;
    lease.reply_to = asked.reply_to;
    std::set<std::string> wanted;
    for (const auto waiter : s.lease_queue)
        if (!any_held(s, s.leases.at(waiter).slots))
            wanted.insert(s.leases.at(waiter).slots.begin(), s.leases.at(waiter).slots.end());
    const std::int64_t wait_ms = params.wait_ms.value_or(0);
    const auto held = out_of_service(s, lease.slots);
    const bool free = !held && !blocker(s, lease.slots) && !touches(lease.slots, wanted);
    if (held && wait_ms == 0)
        return step.reply(asked.reply_to, *held);
    if (!free && wait_ms == 0)
        return step.reply(asked.reply_to, held_error(step, lease.slots, std::ssize(s.lease_queue) + 1));
    if (!free && std::ssize(s.lease_queue) >= s.config.quotas.lease_waiters)
        return step.reply(asked.reply_to,
                          make_error(Code::too_many, "as many clients wait for slots as may; try again later"));
    lease.no = ++s.last_lease;
    const auto no = lease.no;
    s.leases.emplace(no, std::move(lease));
    s.lease_queue.push_back(no);
    if (!free)
        s.timers.arm({Timer::Kind::lease_wait, no}, step.in_ms(wait_ms));
    serve_queue(step);
}

void lease_renew(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::LeaseRenewParams>(asked.request.params);
    const auto found = step.s.leases.find(lease_no(step.s, params.lease));
    if (found == step.s.leases.end() || found->second.session != asked.session ||
        !advance(step, subject_of(step, found->first), found->second.state, model::LeaseEvent::renew))
        return step.reply(asked.reply_to, no_such_lease(params.lease, "params.lease"));
    Lease& lease = found->second;
    if (params.ttl_ms)
        lease.ttl_ms = *params.ttl_ms;
    lease.expires_boot_us = step.now.boot_us + lease.ttl_ms * us_per_ms;
    arm_expiry(step, lease);
    auto result = result_of(step, lease);
    step.reply(asked.reply_to, wire::encode(result));
}

void lease_release(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::LeaseReleaseParams>(asked.request.params);
    const auto found = step.s.leases.find(lease_no(step.s, params.lease));
    if (found == step.s.leases.end() || found->second.session != asked.session ||
        found->second.state != model::LeaseState::held)
        return step.reply(asked.reply_to, no_such_lease(params.lease, "params.lease"));
    end_lease(step, found->first, model::EndCause::lease_lost);
    step.reply(asked.reply_to, wire::encode(wire::LeaseReleased{params.lease}));
}

void lease_list(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::LeaseListParams>(asked.request.params);
    if (params.slot && !step.s.slots.contains(params.slot->value))
        return step.reply(asked.reply_to, unknown_slot(params.slot->value));
    wire::LeaseList result;
    for (const auto& [no, lease] : step.s.leases) {
        const bool mine = lease.session == asked.session;
        if (lease.state != model::LeaseState::held || std::ssize(result.leases) >= 100 ||
            (params.slot && std::ranges::find(lease.slots, params.slot->value) == lease.slots.end()) ||
            (params.case_ && (!mine || lease.case_ != params.case_->value)))
            continue;
        const auto holder = holder_of(step, lease);
        wire::LeaseEntry entry{
            lease_id(step.s, no), lease.slots, holder.client, holder.operator_, remaining_ms(step, lease), mine, {}};
        if (mine)
            entry.case_ = lease.case_;
        result.leases.push_back(std::move(entry));
    }
    step.reply(asked.reply_to, wire::encode(result));
}

void end_lease(Step& step, LeaseNo no, model::EndCause cause) {
    State& s = step.s;
    const auto found = s.leases.find(no);
    if (found == s.leases.end())
        return;
    advance(step, subject_of(step, no), found->second.state, model::LeaseEvent::end);
    s.timers.disarm({Timer::Kind::lease_expiry, no});
    s.timers.disarm({Timer::Kind::lease_wait, no});
    std::erase(s.lease_queue, no);
    const auto slots = found->second.slots;
    for (const auto& name : slots)
        if (const auto slot = s.slots.find(name); slot != s.slots.end() && slot->second.lease == no) {
            slot->second.lease = 0;
            touch_slot(step, name);
        }
    s.leases.erase(found);
    interrupt_jobs_of_lease(step, no, cause);
    end_previews_of_lease(step, no, cause);
    serve_queue(step);
}

void lease_expiry(Step& step, LeaseNo no) {
    const auto found = step.s.leases.find(no);
    if (found == step.s.leases.end())
        return;
    if (found->second.expires_boot_us > step.now.boot_us)
        return arm_expiry(step, found->second);
    step.log(Level::info, subject_of(step, no), "expired: its client did not renew it");
    end_lease(step, no, model::EndCause::lease_lost);
}

void lease_wait_over(Step& step, LeaseNo no) {
    const auto found = step.s.leases.find(no);
    if (found == step.s.leases.end() || found->second.state != model::LeaseState::waiting)
        return;
    const auto position = std::ranges::find(step.s.lease_queue, no) - step.s.lease_queue.begin() + 1;
    const auto waited = found->second;
    end_lease(step, no, model::EndCause::lease_lost); // first: it must not name itself as the one in the way
    if (const auto held = out_of_service(step.s, waited.slots))
        return step.reply(waited.reply_to, *held);
    step.reply(waited.reply_to, held_error(step, waited.slots, position));
}

void serve_waiters(Step& step) { serve_queue(step); }

void rearm_leases(Step& step) {
    for (const auto& [no, lease] : step.s.leases)
        if (lease.state == model::LeaseState::held)
            arm_expiry(step, lease);
}

namespace {

/// Ends waiting, all of them before anybody is served: who is refused must not be granted for a moment. Without an
/// error nobody listens any more.
template <class Pred> void refuse_waiters(Step& step, Pred concerned, const std::optional<model::Error>& error) {
    State& s = step.s;
    const auto waiting = s.lease_queue;
    std::erase_if(s.lease_queue, [&](const LeaseNo no) { return concerned(s.leases.at(no)); });
    for (const LeaseNo no : waiting) {
        if (!concerned(s.leases.at(no)))
            continue;
        if (error)
            step.reply(s.leases.at(no).reply_to, *error);
        advance(step, subject_of(step, no), s.leases.at(no).state, model::LeaseEvent::end);
        s.timers.disarm({Timer::Kind::lease_wait, no});
        s.leases.erase(no);
    }
    serve_queue(step);
}

template <class Pred> void end_leases_if(Step& step, Pred concerned, model::EndCause cause) {
    std::vector<LeaseNo> numbers;
    for (const auto& [no, lease] : step.s.leases)
        if (concerned(lease))
            numbers.push_back(no);
    for (const LeaseNo no : numbers)
        end_lease(step, no, cause);
}

} // namespace

void drop_waiters(Step& step) {
    refuse_waiters(
        step, [](const Lease&) { return true; }, std::nullopt);
}

void end_leases_of_case(Step& step, const std::string& case_id) {
    const auto concerned = [&](const Lease& lease) { return lease.case_ == case_id; };
    refuse_waiters(step, concerned, case_closed(case_id));
    end_leases_if(step, concerned, model::EndCause::case_closed);
}

void slot_removed(Step& step, const std::string& slot) {
    const auto concerned = [&](const Lease& lease) {
        return std::ranges::find(lease.slots, slot) != lease.slots.end();
    };
    refuse_waiters(step, concerned,
                   make_error(Code::unknown_slot, "slot " + slot + " left the configuration; see slot.list"));
    end_leases_if(step, concerned, model::EndCause::lease_lost);
}

wire::Expected<const Lease*> lease_for(const Step& step, const std::string& id, SessionNo session,
                                       const std::string& slot) {
    const auto found = step.s.leases.find(lease_no(step.s, id));
    if (found == step.s.leases.end() || found->second.session != session ||
        found->second.state != model::LeaseState::held)
        return no_such_lease(id, "lease");
    if (std::ranges::find(found->second.slots, slot) == found->second.slots.end())
        return make_error(Code::no_lease, "lease " + id + " does not cover slot " + slot + "; acquire one that does",
                          "lease");
    return &found->second;
}

} // namespace rekam::broker
