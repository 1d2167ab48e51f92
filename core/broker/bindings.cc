// SPDX-License-Identifier: Apache-2.0
// slot.bind: a person decides which device a slot stands for, until slots.toml says something new.
#include "core/broker/slots.h"

#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/refusals.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"
#include "core/wire/results.h"

#include <algorithm>

namespace rekam::broker {

using model::Code;
using model::EndCause;
using model::JobPhase;
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
    set_binding(step, slot->second, params.device);
    step.log(Level::info, "slot " + slot->first, "bound to " + params.device.value + " on request");
    journal_binding(step, slot->second, s.sessions.at(asked.session));
    bind_slots(step);
    step.reply(asked.reply_to, wire::encode(wire::SlotResult{slot_view(step, slot->second, true)}));
}

void set_binding(Step& step, const Slot& slot, const std::string& device) {
    const auto& config = slot.config;
    step.s.bindings[config.name] = {device, config.device};
    step.save("binding", config.name, device + "\n" + config.device);
}

void slot_rebound(Step& step, const Slot& slot, DeviceNo from) {
    const auto old = step.s.devices.find(from);
    const auto fresh = step.s.devices.find(slot.device);
    std::vector<JobNo> concerned;
    for (const auto& [no, job] : step.s.jobs)
        if (job.record.slot == slot.config.name)
            concerned.push_back(no);
    for (const auto no : concerned) {
        Job& job = step.s.jobs.at(no);
        const bool begun = job.phase == JobPhase::running || job.phase == JobPhase::interrupting;
        if (begun || fresh == step.s.devices.end() ||
            jobs_on(step.s, slot.device) >= step.s.config.quotas.jobs_per_device) {
            interrupt_job(step, no, EndCause::rebound);
            continue;
        }
        if (old != step.s.devices.end())
            std::erase(old->second.queue, no);
        job.device = slot.device;
        job.record.device = fresh->second.id;
        if (job.phase == JobPhase::waiting)
            fresh->second.queue.push_back(no);
    }
    if (fresh != step.s.devices.end())
        dispatch(step, fresh->second);
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
