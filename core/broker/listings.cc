// SPDX-License-Identifier: Apache-2.0
#include "core/broker/listings.h"

#include "core/broker/pages.h"
#include "core/broker/refusals.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::broker {

void station_get(Step& step, const Asked& asked) { step.reply(asked.reply_to, wire::encode(station_view(step, true))); }

void slot_list(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::SlotListParams>(asked.request.params);
    Page<wire::Slot> page(params.cursor, params.limit);
    for (const auto& [name, slot] : step.s.slots) {
        if (params.desk && slot.config.desk != params.desk->value)
            continue;
        auto view = slot_view(step, slot, true);
        view.health.reset();
        view.capabilities.reset(); // one slot's may be large: slot.get
        const std::size_t bytes = wire::encode(view).size();
        if (!page.add(name, std::move(view), bytes))
            break;
    }
    step.reply(asked.reply_to, wire::encode(wire::SlotList{std::move(page.items), page.next}));
}

void slot_get(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::SlotGetParams>(asked.request.params);
    const auto slot = step.s.slots.find(params.slot.value);
    if (slot == step.s.slots.end())
        return step.reply(asked.reply_to, unknown_slot(params.slot));
    step.reply(asked.reply_to, wire::encode(wire::SlotResult{slot_view(step, slot->second, true)}));
}

void device_list(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::DeviceListParams>(asked.request.params);
    const bool known = !params.plugin || std::ranges::any_of(step.s.plugins, [&](const auto& entry) {
        return entry.second.id() == params.plugin->value;
    });
    if (!known)
        return step.reply(asked.reply_to, unknown_plugin(params.plugin->value));
    Page<wire::Device> page(params.cursor, params.limit);
    for (const auto& [id, no] : step.s.device_ids) {
        auto view = device_view(step, step.s.devices.at(no), false);
        if (params.plugin && view.plugin != params.plugin->value)
            continue;
        const std::size_t bytes = wire::encode(view).size();
        if (!page.add(id, std::move(view), bytes))
            break;
    }
    step.reply(asked.reply_to, wire::encode(wire::DeviceList{std::move(page.items), page.next}));
}

void device_get(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::DeviceGetParams>(asked.request.params);
    const auto found = step.s.device_ids.find(params.device.value);
    if (found == step.s.device_ids.end())
        return step.reply(asked.reply_to, unknown_device(params.device));
    step.reply(asked.reply_to,
               wire::encode(wire::DeviceResult{device_view(step, step.s.devices.at(found->second), true)}));
}

void plugin_list(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::PluginListParams>(asked.request.params);
    std::map<std::string, const Plugin*> by_id;
    for (const auto& [no, plugin] : step.s.plugins)
        by_id[plugin.id()] = &plugin;
    Page<wire::Plugin> page(params.cursor, params.limit);
    for (const auto& [id, plugin] : by_id) {
        auto view = plugin_view(step, *plugin);
        const std::size_t bytes = wire::encode(view).size();
        if (!page.add(id, std::move(view), bytes))
            break;
    }
    step.reply(asked.reply_to, wire::encode(wire::PluginList{std::move(page.items), page.next}));
}

} // namespace rekam::broker
