// SPDX-License-Identifier: Apache-2.0
#include "core/broker/holds.h"

#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/leases.h"
#include "core/broker/refusals.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::broker {
namespace {

void answer(Step& step, const Asked& asked, const Slot& slot) {
    step.reply(asked.reply_to, wire::encode(wire::SlotResult{slot_view(step, slot, true)}));
}

} // namespace

std::string person_of(const Step& step, const Asked& asked, const std::optional<wire::Label>& by) {
    const Session& session = step.s.sessions.at(asked.session);
    return by ? by->value : session.operator_.value_or(session.principal);
}

void slot_hold(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& params = std::get<wire::SlotHoldParams>(asked.request.params);
    const auto slot = s.slots.find(params.slot.value);
    if (slot == s.slots.end())
        return step.reply(asked.reply_to, unknown_slot(params.slot));
    const wire::Held held{params.reason, person_of(step, asked, params.by), step.time()};
    const auto before = s.holds.find(slot->first);
    if (before == s.holds.end() || before->second.reason != held.reason || before->second.by != held.by) {
        s.holds[slot->first] = held;
        step.save("hold", slot->first, wire::encode(held));
        journal_mending(step, "slot.hold", {{"slot", slot->first}, {"reason", held.reason}}, held.by);
        step.log(Level::info, "slot " + slot->first, "held by " + held.by + ": " + held.reason);
        touch_slot(step, slot->first);
        touch_station(step);
    } // else the answer was lost: it is held since then
    answer(step, asked, slot->second);
    serve_waiters(step); // who waits for this slot and others keeps nobody from the others any more
}

void slot_release(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& params = std::get<wire::SlotReleaseParams>(asked.request.params);
    const auto slot = s.slots.find(params.slot.value);
    if (slot == s.slots.end())
        return step.reply(asked.reply_to, unknown_slot(params.slot));
    if (s.holds.erase(slot->first) != 0) {
        step.save("hold", slot->first, "");
        const std::string by = person_of(step, asked, params.by);
        journal_mending(step, "slot.release", {{"slot", slot->first}}, by);
        step.log(Level::info, "slot " + slot->first, "released by " + by);
        touch_slot(step, slot->first);
        touch_station(step);
    }
    answer(step, asked, slot->second);
    serve_waiters(step);
    if (const auto device = s.devices.find(slot->second.device); device != s.devices.end())
        dispatch(step, device->second);
}

std::deque<JobNo>::iterator first_in_service(const State& s, Device& device) {
    return std::ranges::find_if(device.queue,
                                [&](const JobNo no) { return !s.holds.contains(s.jobs.at(no).record.slot); });
}

void restore_hold(State& s, const Record& record) {
    if (auto held = wire::decode<wire::Held>(record.body))
        s.holds[record.key] = std::move(*held);
}

std::optional<model::Error> out_of_service(const State& s, const std::vector<std::string>& slots) {
    for (const auto& name : slots)
        if (const auto held = s.holds.find(name); held != s.holds.end()) {
            auto error =
                with_remedy(model::make_error(model::Code::held, "slot " + name + " is held out of service by " +
                                                                     held->second.by + ": " + held->second.reason));
            error.slot = name;
            return error;
        }
    return std::nullopt;
}

} // namespace rekam::broker
