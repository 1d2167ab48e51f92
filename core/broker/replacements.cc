// SPDX-License-Identifier: Apache-2.0
#include "core/broker/replacements.h"

#include "core/broker/devices.h"
#include "core/broker/holds.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/refusals.h"
#include "core/broker/slot_defaults.h"
#include "core/broker/slots.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"
#include "core/wire/technician_results.h"

#include <algorithm>
#include <utility>

namespace rekam::broker {
namespace {

using model::Code;
using model::DeviceState;
using model::HealthLevel;
using model::HealthState;
using model::make_error;

constexpr std::int64_t check_ms_max = 60'000;
constexpr std::size_t candidates_max = 50;

bool has_function(const Device& device, const Slot& slot) {
    const auto& functions = device.facts.functions;
    return std::ranges::find(functions, slot.config.function) != functions.end();
}

/// But for the one that asks: what stands in there now may stay.
std::vector<std::string> slots_of(const State& s, DeviceNo no, const Slot& but) {
    std::vector<std::string> names;
    for (const auto& [name, slot] : s.slots)
        if ((slot.device == no || slot.own == no) && name != but.config.name)
            names.push_back(name);
    return names;
}

/// Empty: everything that the slot requires, or not known before the device is open.
std::optional<std::vector<std::string>> missing_of(const Device& device, const Slot& slot) {
    const auto capabilities = device.capabilities.find(slot.config.function);
    if (!slot.config.requires_)
        return std::vector<std::string>{};
    if (capabilities == device.capabilities.end())
        return std::nullopt;
    return capabilities->second.lacks(slot.config.requires_->text);
}

wire::ReplacedDevice shown(const Device& device) {
    return {device.id, device.facts.make, device.facts.model, device.facts.serial};
}

/// Of any make, connected, free, and not known to be out of order.
void list_candidates(Step& step, const Asked& asked, const Slot& slot) {
    std::vector<wire::Candidate> candidates;
    for (const auto& [no, device] : step.s.devices) {
        const bool broken = device.state == DeviceState::down || device.state == DeviceState::quarantined ||
                            device.state == DeviceState::stuck || device.state == DeviceState::absent;
        const auto plugin = step.s.plugins.find(device.plugin);
        if ((no == slot.device && !slot.on_fallback) || no == slot.own || !device.listed || broken ||
            !has_function(device, slot) || plugin == step.s.plugins.end() || !plugin->second.configured ||
            !slots_of(step.s, no, slot).empty() || candidates.size() >= candidates_max)
            continue;
        const auto& facts = device.facts;
        candidates.push_back({device.id,
                              facts.make,
                              facts.model,
                              facts.serial,
                              facts.physical,
                              port_name(step.s, facts.physical),
                              model::shown(device.state),
                              {},
                              missing_of(device, slot)});
    }
    step.reply(asked.reply_to,
               wire::encode(wire::SlotReplaceResult{slot_view(step, slot, false), std::move(candidates), {}}));
}

std::optional<model::Error> cannot(const Step& step, const Device& device, const Slot& slot) {
    if (!has_function(device, slot))
        return make_error(Code::not_covered, "the device is no " + std::string(model::name(slot.config.function)) +
                                                 "; name one that is: slot.replace without device lists them");
    if (const auto bound = slots_of(step.s, device.no, slot); !bound.empty())
        return make_error(Code::busy, "the device stands behind slot " + bound.front() +
                                          "; name another one, or let slot.bind share it");
    const bool trial = step.s.trials.contains(device.no) || std::ranges::any_of(step.s.trials, [&](const auto& entry) {
                           return entry.second.slot == slot.config.name;
                       });
    if (trial)
        return make_error(Code::busy, "a replacement of this device or slot is under way; wait for its end");
    if (!device.listed && device.host == 0)
        return not_connected();
    if (device.state == DeviceState::quarantined || device.state == DeviceState::stuck)
        return device.error.value_or(with_remedy(make_error(Code::plugin_quarantined, "the device failed too often")));
    return std::nullopt;
}

void ask_host(Step& step, Device& device, Trial& trial) {
    trial.checking = true;
    device.check = Check{{{}, trial.level, trial.slot, check_ms_max, 0}, false, step.now.mono_us, false, {}};
    step.send(device.host, wire::Type::host_check, wire::encode(wire::HostCheck{trial.level}), prefix_to(device));
    step.s.timers.arm({Timer::Kind::check_overdue, device.no},
                      step.in_ms(trial.level == HealthLevel::self ? device.facts.health_ms_max : check_ms_max));
}

/// Takes it out of the table: what follows is about the slot.
Trial take(Step& step, DeviceNo no) {
    Trial trial = std::move(step.s.trials.at(no));
    step.s.trials.erase(no);
    step.s.timers.disarm({Timer::Kind::device_trial, no});
    return trial;
}

/// Of the slot's settings: what does not go along.
std::optional<std::vector<std::string>> dropped_of(const Device& device, const Slot& slot) {
    const auto capabilities = device.capabilities.find(slot.config.function);
    if (!slot.config.defaults || capabilities == device.capabilities.end())
        return std::nullopt;
    return dropped_defaults(slot.config, capabilities->second);
}

void take_over(Step& step, Device& device, HealthState health) {
    State& s = step.s;
    const Trial trial = take(step, device.no);
    const auto slot = s.slots.find(trial.slot);
    if (slot == s.slots.end()) {
        step.reply(trial.reply_to, unknown_slot(trial.slot));
        return release_host(step, device);
    }
    wire::Replaced replaced{std::nullopt, shown(device), trial.by,
                            trial.level,  health,        dropped_of(device, slot->second)};
    const auto old = s.devices.find(slot->second.own != 0 ? slot->second.own : slot->second.device);
    if (old != s.devices.end())
        replaced.from = shown(old->second);
    journal_replaced(step, slot->first, old == s.devices.end() ? nullptr : &old->second, device, trial.by,
                     replaced.dropped.value_or(std::vector<std::string>{}));
    set_binding(step, slot->second, device.id);
    step.log(Level::warning, "slot " + slot->first,
             "device " + (replaced.from ? replaced.from->device : std::string("(none)")) + " replaced by " + device.id +
                 ", serial " + (replaced.from ? replaced.from->serial.value_or("unknown") : "none") + " -> " +
                 device.facts.serial.value_or("unknown") + ", by " + trial.by);
    bind_slots(step);
    step.reply(trial.reply_to,
               wire::encode(wire::SlotReplaceResult{slot_view(step, slot->second, true), {}, replaced}));
}

model::Error failed_check(const wire::HostHealth& health) {
    std::string what = "the device failed its check";
    for (const auto& check : health.checks)
        if (check.state == HealthState::failed)
            what += ": " + check.component + (check.evidence ? " (" + *check.evidence + ")" : "");
    return with_remedy(make_error(Code::device_down, std::move(what)));
}

} // namespace

void slot_replace(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& params = std::get<wire::SlotReplaceParams>(asked.request.params);
    const auto slot = s.slots.find(params.slot.value);
    if (slot == s.slots.end())
        return step.reply(asked.reply_to, unknown_slot(params.slot));
    if (!params.device)
        return list_candidates(step, asked, slot->second);
    const auto known = s.device_ids.find(params.device->value);
    if (known == s.device_ids.end())
        return step.reply(asked.reply_to, unknown_device(params.device->value));
    Device& device = s.devices.at(known->second);
    const std::string by = person_of(step, asked, params.by);
    if (slot->second.device == device.no && !slot->second.on_fallback) // the answer was lost: it stands there
        return step.reply(
            asked.reply_to,
            wire::encode(wire::SlotReplaceResult{
                slot_view(step, slot->second, true),
                {},
                wire::Replaced{std::nullopt, shown(device), by, HealthLevel::self, HealthState::unknown, {}}}));
    if (auto error = cannot(step, device, slot->second)) {
        error->slot = slot->first;
        error->device = device.id;
        return step.reply(asked.reply_to, *error);
    }
    const DeviceNo no = device.no;
    s.trials[no] = {asked.reply_to, slot->first, by, HealthLevel::exercise, false};
    s.timers.arm({Timer::Kind::device_trial, no}, step.in_ms(device.facts.open_ms_max + 2 * check_ms_max));
    s.timers.disarm({Timer::Kind::device_retry, no}); // it was plugged in only now, perhaps
    ensure_host(step, device);
    if (device.host == 0)
        return trial_failed(step, no,
                            device.error.value_or(make_error(Code::not_ready, "the device cannot be opened now; see "
                                                                              "device.doctor")));
    trial_goes_on(step, device);
}

void trial_goes_on(Step& step, Device& device) {
    const auto found = step.s.trials.find(device.no);
    if (found == step.s.trials.end() || !takes_calls(step.s, device) || device.check || device.running != 0)
        return;
    Trial& trial = found->second;
    const auto slot = step.s.slots.find(trial.slot);
    if (slot == step.s.slots.end())
        return trial_failed(step, device.no, unknown_slot(trial.slot));
    const auto missing = missing_of(device, slot->second);
    if (!missing || !missing->empty()) {
        std::string list = missing ? "" : "the device lacks the function";
        for (const auto& point : missing.value_or(std::vector<std::string>{}))
            list += (list.empty() ? "" : "; ") + point;
        return trial_failed(step, device.no,
                            with_remedy(make_error(Code::not_covered, "it does not cover what slot " + trial.slot +
                                                                          " requires: " + list)));
    }
    ask_host(step, device, trial);
}

void trial_checked(Step& step, Device& device, const wire::HostHealth& health) {
    const auto found = step.s.trials.find(device.no);
    if (found == step.s.trials.end())
        return;
    Trial& trial = found->second;
    if (!std::exchange(trial.checking, false))
        return trial_goes_on(step, device);
    if (health.failure && trial.level == HealthLevel::exercise) { // it has no such check
        trial.level = HealthLevel::self;
        return ask_host(step, device, trial);
    }
    if (health.failure)
        return trial_failed(step, device.no, with_remedy(make_error(health.failure->code, health.failure->message)));
    if (health.state == HealthState::failed)
        return trial_failed(step, device.no, failed_check(health));
    take_over(step, device, health.state);
}

void trial_failed(Step& step, DeviceNo no, const model::Error& error) {
    if (!step.s.trials.contains(no))
        return;
    const Trial trial = take(step, no);
    Device& device = step.s.devices.at(no);
    auto told = error;
    told.slot = trial.slot;
    told.device = device.id;
    step.log(Level::info, "slot " + trial.slot, device.id + " cannot take it over: " + told.message);
    step.reply(trial.reply_to, told);
    release_host(step, device);
}

void trial_overdue(Step& step, DeviceNo no) {
    trial_failed(step, no,
                 make_error(Code::not_ready, "the device was not open and checked in time; see device.doctor"));
}

} // namespace rekam::broker
