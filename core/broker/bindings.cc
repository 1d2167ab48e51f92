// SPDX-License-Identifier: Apache-2.0
// slot.bind: a person decides which device a slot stands for, until slots.toml says something new.
#include "core/broker/slots.h"

#include "core/broker/journal.h"
#include "core/broker/refusals.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"
#include "core/wire/results.h"

#include <algorithm>

namespace rekam::broker {

using model::Code;
using model::make_error;

void slot_bind(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& params = std::get<wire::SlotBindParams>(asked.request.params);
    const auto slot = s.slots.find(params.slot.value);
    if (slot == s.slots.end())
        return step.reply(asked.reply_to, unknown_slot(params.slot));
    const auto known = s.device_ids.find(params.device.value);
    const auto device = known == s.device_ids.end() ? s.devices.end() : s.devices.find(known->second);
    if (device == s.devices.end())
        return step.reply(asked.reply_to, unknown_device(params.device));
    const auto& functions = device->second.facts.functions;
    if (std::ranges::find(functions, slot->second.config.function) == functions.end())
        return step.reply(asked.reply_to,
                          make_error(Code::not_covered, "the device is no " +
                                                            std::string(model::name(slot->second.config.function)) +
                                                            "; bind one that is"));
    s.bindings[slot->first] = {params.device, slot->second.config.device};
    step.save("binding", slot->first, params.device.value + "\n" + slot->second.config.device);
    step.log(Level::info, "slot " + slot->first, "bound to " + params.device.value + " on request");
    journal_binding(step, slot->second, s.sessions.at(asked.session));
    bind_slots(step);
    step.reply(asked.reply_to, wire::encode(wire::SlotResult{slot_view(step, slot->second, true)}));
}

void restore_binding(State& s, const Record& record) {
    const auto end = record.body.find('\n');
    if (end != std::string::npos)
        s.bindings[record.key] = {record.body.substr(0, end), record.body.substr(end + 1)};
}

void drop_stale_bindings(Step& step) {
    std::erase_if(step.s.bindings, [&](const auto& entry) {
        const auto slot = step.s.slots.find(entry.first);
        const bool stale = slot == step.s.slots.end() || slot->second.config.device != entry.second.pattern;
        if (stale)
            step.save("binding", entry.first, "");
        return stale;
    });
}

const std::string& pattern_of(const State& s, const SlotConfig& config) {
    const auto binding = s.bindings.find(config.name);
    return binding == s.bindings.end() ? config.device : binding->second.device;
}

} // namespace rekam::broker
