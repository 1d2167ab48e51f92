// SPDX-License-Identifier: Apache-2.0
#include "core/broker/fallbacks.h"

#include "core/broker/devices.h"
#include "core/broker/journal.h"
#include "core/broker/self_checks.h"
#include "core/broker/slots.h"
#include "core/broker/views.h"

#include <algorithm>
#include <utility>

namespace rekam::broker {
namespace {

using model::Code;
using model::DeviceState;

constexpr std::int64_t try_again_ms = 300'000; ///< a fallback that did not open is passed over for so long

enum class Fitness : std::uint8_t { out, troubled, unproven, well };

const Device* find(const State& s, DeviceNo no) {
    const auto found = s.devices.find(no);
    return found == s.devices.end() ? nullptr : &found->second;
}

bool is_there(const Device& device) {
    return !device.unplugged && !device.gone && (device.listed || device.opened) && device.state != DeviceState::absent;
}

bool covers(const Slot& slot, const Device& device) {
    const auto known = device.capabilities.find(slot.config.function);
    return !slot.config.requires_ || known == device.capabilities.end() ||
           !known->second.covers(slot.config.requires_->text);
}

Fitness fitness_of(const Step& step, const Slot& slot, const Device* device) {
    if (!device || !is_there(*device) || device->failing || !covers(slot, *device))
        return Fitness::out;
    switch (device->state) {
    case DeviceState::quarantined:
    case DeviceState::stuck:
    case DeviceState::absent: return Fitness::out;
    case DeviceState::down: return Fitness::troubled;
    case DeviceState::ready:
    case DeviceState::busy:
    case DeviceState::degraded: return Fitness::well;
    case DeviceState::starting: return device->error ? Fitness::troubled : Fitness::unproven;
    case DeviceState::closed: break; // it is opened when it is needed; one that did not open then may do so later
    }
    const bool lately = device->error && step.now.mono_us - device->failed_us < try_again_ms * us_per_ms;
    return lately ? Fitness::troubled : Fitness::unproven;
}

bool works(Fitness fitness) { return fitness == Fitness::well || fitness == Fitness::unproven; }

/// Before every plugin has listed its devices once, nobody knows that the own device is not there.
bool still_listing(const State& s) {
    return std::ranges::any_of(s.plugins, [](const auto& entry) {
        return entry.second.configured && entry.second.state == model::PluginState::starting;
    });
}

bool runs_job(const State& s, const Slot& slot) {
    const Device* device = find(s, slot.device);
    return device && device->running != 0 && s.jobs.at(device->running).record.slot == slot.config.name;
}

bool is_idle(const State& s, const Slot& slot) {
    const auto& name = slot.config.name;
    return slot.lease == 0 &&
           std::ranges::none_of(s.jobs, [&](const auto& entry) { return entry.second.record.slot == name; });
}

/// The first that can work, but for the one that stands there.
Choice stand_in(const Step& step, const Slot& slot, const Choice& own) {
    for (const auto& pattern : slot.config.fallbacks) {
        auto choice = choose(step.s, slot.config, pattern); // one that fits two devices is passed over
        const Device* device = find(step.s, choice.device);
        if (choice.device != slot.device && choice.device != own.device && works(fitness_of(step, slot, device)))
            return choice;
    }
    return own;
}

/// Whether it has lasted for long enough; if not, looks again when it may have.
bool lasted(Step& step, const Slot& slot, std::int64_t& since_us) {
    if (since_us == 0)
        since_us = std::max<std::int64_t>(1, step.now.mono_us);
    const std::int64_t due_us = since_us + step.s.config.supervision.fallback_after_ms * us_per_ms;
    if (step.now.mono_us >= due_us)
        return true;
    step.s.timers.arm({Timer::Kind::slot_place, slot.no}, due_us);
    return false;
}

/// Whether the device that stands there has to go.
bool is_spent(Step& step, Slot& slot) {
    const auto fitness = fitness_of(step, slot, find(step.s, slot.device));
    if (works(fitness))
        slot.trouble_since_us = 0;
    return fitness == Fitness::out || (fitness == Fitness::troubled && lasted(step, slot, slot.trouble_since_us));
}

/// What the slot should stand for, given its own device. `stays`: what stands there now may, as far as slots.toml goes.
Choice wanted(Step& step, Slot& slot, const Choice& own, bool stays, bool now) {
    const auto fitness = fitness_of(step, slot, find(step.s, own.device));
    if (fitness != Fitness::well)
        slot.own_well_since_us = 0;
    if (now && fitness != Fitness::out)
        return own;
    if (!stays) // nothing stands there, or what nobody names any more
        return fitness == Fitness::out && !still_listing(step.s) ? stand_in(step, slot, own) : own;
    if (slot.device == own.device)
        return is_spent(step, slot) ? stand_in(step, slot, own) : own;
    if (is_spent(step, slot))
        return works(fitness) ? own : stand_in(step, slot, own);
    const bool back = fitness == Fitness::well && lasted(step, slot, slot.own_well_since_us) && is_idle(step.s, slot);
    return back ? own : Choice{slot.device, {}};
}

/// The device that was the slot's own is not any more, and nobody may need it.
void let_go(Step& step, const Slot& slot, DeviceNo no) {
    if (const auto device = step.s.devices.find(no); device != step.s.devices.end() && no != slot.own)
        release_host(step, device->second);
}

bool is_fallback(const State& s, const Slot& slot, DeviceNo no) {
    return std::ranges::any_of(slot.config.fallbacks,
                               [&](const auto& pattern) { return choose(s, slot.config, pattern).device == no; });
}

void tell(Step& step, const Slot& slot, const Device* from, const Device* to) {
    const std::string old = from ? from->id : slot.config.device;
    step.log(Level::warning, "slot " + slot.config.name,
             slot.on_fallback ? to->id + " stands in for " + old + ": " + ailment_of(slot, from).text
                              : to->id + " takes its place back from " + old);
    journal_fallback(step, slot, from, *to);
}

} // namespace

Ailment ailment_of(const Slot& slot, const Device* device) {
    if (!device)
        return {Code::slot_unbound, "no device is there that " + slot.config.device + " names"};
    if (!is_there(*device))
        return {Code::device_gone, "it is not connected"};
    if (device->failing)
        return {Code::device_down, "its own check fails: " + complaint(*device)};
    if (device->error)
        return {device->error->code, device->error->message};
    if (!covers(slot, *device))
        return {Code::not_covered, "it lacks what the slot requires"};
    return {Code::device_down, "it is " + std::string(model::name(model::shown(device->state)))};
}

std::string standing_in(const State& s, const Slot& slot) {
    const Device *own = find(s, slot.own), *other = find(s, slot.device);
    return (other ? other->id : "another device") + " stands in for " + (own ? own->id : slot.config.device) + ": " +
           (own && own->opened && !own->failing && covers(slot, *own) ? "that is well again"
                                                                      : ailment_of(slot, own).text);
}

void place(Step& step, Slot& slot, bool now) {
    State& s = step.s;
    const std::string& pattern = pattern_of(s, slot.config);
    const Choice own = choose(s, slot.config, pattern);
    now = now || slot.own_pattern != pattern; // whoever names another device wants it, whatever stood in until now
    slot.own_pattern = pattern;
    const DeviceNo before = slot.device;
    const DeviceNo own_before = std::exchange(slot.own, slot.config.fallbacks.empty() ? 0 : own.device);
    if (slot.config.fallbacks.empty()) {
        slot.on_fallback = false;
        bind(step, slot, own);
        return let_go(step, slot, own_before);
    }
    const bool stays = s.devices.contains(before) && (before == own.device || is_fallback(s, slot, before));
    if (stays && !now && (runs_job(s, slot) || s.holds.contains(slot.config.name))) {
        slot.on_fallback = before != own.device;
        return let_go(step, slot, own_before);
    }
    const Choice choice = wanted(step, slot, own, stays, now);
    const bool was = std::exchange(slot.on_fallback, choice.device != 0 && choice.device != own.device) && before != 0;
    bind(step, slot, choice);
    let_go(step, slot, own_before);
    if (choice.device == before)
        return;
    slot.trouble_since_us = slot.own_well_since_us = 0;
    s.timers.disarm({Timer::Kind::slot_place, slot.no});
    if (slot.on_fallback || (was && choice.device != 0))
        tell(step, slot, find(s, was ? before : own.device), find(s, choice.device));
    for (const DeviceNo no : {slot.device, slot.own})
        if (const auto device = s.devices.find(no); device != s.devices.end())
            ensure_host(step, device->second);
}

void leave_device_behind(Step& step, const Device& device) {
    for (auto& [name, slot] : step.s.slots)
        if (slot.device == device.no && !slot.config.fallbacks.empty())
            place(step, slot);
}

void look_at_places(Step& step) {
    static constexpr std::string_view prefix = "slot.";
    std::vector<std::string> names; // placing one adds to what is dirty
    for (auto stream = step.s.dirty.lower_bound(std::string(prefix));
         stream != step.s.dirty.end() && stream->starts_with(prefix); ++stream)
        if (const auto slot = step.s.slots.find(stream->substr(prefix.size()));
            slot != step.s.slots.end() && !slot->second.config.fallbacks.empty())
            names.push_back(slot->first);
    for (const auto& name : names)
        place(step, step.s.slots.at(name));
}

void place_due(Step& step, std::uint64_t number) {
    for (auto& [name, slot] : step.s.slots)
        if (slot.no == number)
            place(step, slot);
}

} // namespace rekam::broker
