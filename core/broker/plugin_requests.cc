// SPDX-License-Identifier: Apache-2.0
// plugin.reload and plugin.clear-quarantine: a technician has another file in place, or has looked at the fault.
#include "core/broker/plugins.h"

#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/holds.h"
#include "core/broker/journal.h"
#include "core/broker/refusals.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::DeviceState;
using model::make_error;
using model::PluginState;

Plugin* find_plugin(State& s, const std::string& id) {
    const auto found = std::ranges::find_if(s.plugins, [&](const auto& entry) { return entry.second.id() == id; });
    return found == s.plugins.end() ? nullptr : &found->second;
}

std::vector<DeviceNo> devices_of(const State& s, PluginNo plugin) {
    std::vector<DeviceNo> all;
    for (const auto& [no, device] : s.devices)
        if (device.plugin == plugin)
            all.push_back(no);
    return all;
}

/// True: it was quarantined.
bool clear_device(Step& step, Device& device) {
    if (device.state != DeviceState::quarantined)
        return false;
    const std::string subject = "device " + device.id;
    advance(step, subject, device.state, model::DeviceEvent::clear);
    step.log(Level::info, subject, "its quarantine was ended by a person");
    device.crashes.clear();
    device.refusals.clear();
    device.error.reset();
    device.crash.reset();
    step.s.timers.disarm({Timer::Kind::device_retry, device.no});
    if (!device.listed)
        advance(step, subject, device.state, model::DeviceEvent::unlisted);
    ensure_host(step, device);
    if (device.host == 0) // no slot wants it
        advance(step, subject, device.state, model::DeviceEvent::close);
    touch_device(step, device.no);
    return true;
}

std::int64_t clear_plugin(Step& step, Plugin& plugin) {
    std::int64_t cleared = 0;
    if (plugin.state == PluginState::quarantined) {
        advance(step, "plugin " + plugin.id(), plugin.state, model::PluginEvent::clear);
        step.log(Level::info, "plugin " + plugin.id(), "its quarantine was ended by a person");
        plugin.restarts.clear();
        plugin.error.reset();
        plugin.crash.reset();
        ++cleared;
        touch_plugin(step, plugin.no);
        enumerate_again(step, plugin.no);
    }
    for (const auto no : devices_of(step.s, plugin.no))
        cleared += clear_device(step, step.s.devices.at(no)) ? 1 : 0;
    return cleared;
}

} // namespace

void plugin_reload(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& id = std::get<wire::PluginReloadParams>(asked.request.params).plugin.value;
    Plugin* plugin = find_plugin(s, id);
    if (!plugin)
        return step.reply(asked.reply_to, unknown_plugin(id));
    if (plugin->state == PluginState::quarantined)
        return step.reply(asked.reply_to,
                          make_error(Code::plugin_quarantined, "plugin " + id +
                                                                   " is quarantined: end that with "
                                                                   "plugin.clear-quarantine, which loads it anew"));
    step.log(Level::info, "plugin " + id, "loaded anew on request");
    journal_mending(step, "plugin.reload", {{"plugin", id}}, person_of(step, asked, {}));
    const PluginNo no = plugin->no;
    std::vector<ChildId> hosts;
    for (const auto& [child_no, child] : s.children)
        if (child.kind == ChildKind::host && child.owner == no)
            hosts.push_back(child_no);
    for (const auto host : hosts)
        renew_host(step, host);
    for (const auto device_no : devices_of(s, no)) { // what waits for its next try has it now
        Device& device = s.devices.at(device_no);
        device.refusals.clear();
        s.timers.disarm({Timer::Kind::device_retry, device_no});
        ensure_host(step, device);
    }
    enumerate_again(step, no);
    step.reply(asked.reply_to, wire::encode(wire::PluginResult{plugin_view(step, s.plugins.at(no)), std::nullopt}));
}

void plugin_clear_quarantine(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& params = std::get<wire::ClearQuarantineParams>(asked.request.params);
    if (params.plugin.has_value() == params.device.has_value())
        return step.reply(
            asked.reply_to,
            make_error(Code::bad_request, "params needs either plugin or device: send exactly one of them", "params"));
    std::int64_t cleared = 0;
    PluginNo no = 0;
    if (params.plugin) {
        Plugin* plugin = find_plugin(s, params.plugin->value);
        if (!plugin)
            return step.reply(asked.reply_to, unknown_plugin(params.plugin->value));
        no = plugin->no;
        cleared = clear_plugin(step, *plugin);
    } else {
        const auto found = s.device_ids.find(params.device->value);
        if (found == s.device_ids.end())
            return step.reply(asked.reply_to, unknown_device(params.device->value));
        Device& device = s.devices.at(found->second);
        no = device.plugin;
        cleared = clear_device(step, device) ? 1 : 0;
    }
    if (cleared > 0)
        journal_mending(step, "plugin.clear",
                        {{"plugin", s.plugins.at(no).id()}, {"device", params.device ? params.device->value : ""}},
                        person_of(step, asked, {}));
    step.reply(asked.reply_to, wire::encode(wire::PluginResult{plugin_view(step, s.plugins.at(no)), cleared}));
}

} // namespace rekam::broker
