// SPDX-License-Identifier: Apache-2.0
#include "core/broker/plugins.h"

#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/doctor.h"
#include "core/broker/hotplug.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/mocks.h"
#include "core/broker/previews.h"
#include "core/broker/refusals.h"
#include "core/broker/replacements.h"
#include "core/broker/resets.h"
#include "core/broker/slots.h"
#include "core/broker/stop.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::DeviceEvent;
using model::make_error;
using model::PluginEvent;

constexpr std::size_t devices_max = 256;        // of one plugin: more is a plugin gone wrong
constexpr std::size_t record_bytes_max = 8'192; // of a device or manifest: many must fit one answer

std::string subject_of(const Plugin& plugin) { return "plugin " + plugin.id(); }

model::Error broken(std::string what) { return make_error(Code::protocol_error, "the enumerator " + std::move(what)); }

bool is_at_work(const State& s, const Plugin& plugin) {
    return std::ranges::any_of(s.devices, [&](const auto& entry) {
        return entry.second.plugin == plugin.no && (entry.second.running != 0 || entry.second.preview != 0);
    });
}

void start_enumerator(Step& step, Plugin& plugin) {
    State& s = step.s;
    if (s.stopping != Stopping::no || plugin.state == model::PluginState::quarantined)
        return;
    if (plugin.enumerator != 0 || (plugin.single() && is_at_work(s, plugin))) {
        plugin.again = true;
        return;
    }
    plugin.again = false;
    plugin.found.clear();
    s.timers.disarm({Timer::Kind::plugin_retry, plugin.no});
    // The manifest is not known before the first run, so this process gets all that is granted.
    plugin.enumerator = start_child(step, ChildKind::enumerator, plugin.no, "enumerator " + plugin.config.name,
                                    plugin.config.environment);
    touch_plugin(step, plugin.no);
}

std::optional<model::Error> take_manifest(Step& step, Plugin& plugin, const wire::Message& message) {
    auto manifest = wire::decode<wire::ManifestRecord>(message.json);
    if (!manifest)
        return broken("sent a manifest that cannot be read: " + manifest.error().message);
    const bool taken = std::ranges::any_of(step.s.plugins, [&](const auto& entry) {
        return entry.first != plugin.no && entry.second.manifest && entry.second.manifest->id == manifest->id;
    });
    if (taken)
        return make_error(Code::wrong_driver,
                          "another plugin has the id " + manifest->id + " already; remove one of the two");
    if (plugin.id() != manifest->id)
        forget_stream(step, "plugin." + plugin.id());
    const bool news = !plugin.manifest || plugin.manifest->version != manifest->version || plugin.id() != manifest->id;
    plugin.manifest = std::move(*manifest);
    if (news)
        journal_plugin(step, plugin, "plugin.seen");
    touch_plugin(step, plugin.no);
    return std::nullopt;
}

void take_devices(Step& step, Plugin& plugin) {
    State& s = step.s;
    std::set<DeviceNo> listed;
    for (auto& facts : plugin.found) {
        const std::string id = plugin.id() + "/" + facts.id;
        const auto known = s.device_ids.find(id);
        Device& device = known != s.device_ids.end() ? s.devices.at(known->second) : s.devices[++s.last_device];
        if (known == s.device_ids.end()) {
            device.no = s.last_device;
            device.plugin = plugin.no;
            device.id = id;
            s.device_ids[id] = device.no;
        }
        if (device.host == 0)
            device.facts = facts;
        device.listed = true;
        device.unplugged = false;
        advance(step, "device " + device.id, device.state, DeviceEvent::listed);
        listed.insert(device.no);
        touch_device(step, device.no);
    }
    std::vector<DeviceNo> missing;
    for (const auto& [no, device] : s.devices)
        if (device.plugin == plugin.no && !listed.contains(no))
            missing.push_back(no);
    for (const auto no : missing) {
        Device& device = s.devices.at(no);
        if (device.listed)
            note_unplugged(step, device);
        device.listed = false; // an open one stays until its host says that it is gone
        if (device.host == 0) {
            s.timers.disarm({Timer::Kind::device_retry, no});
            advance(step, "device " + device.id, device.state, DeviceEvent::unlisted);
            fail_queue(step, device, not_connected());
        }
        touch_device(step, no);
    }
    bind_slots(step);
    for (const auto no : missing)
        forget_if_gone(step, no);
}

void failed(Step& step, Plugin& plugin, const Child& child) {
    const auto& figures = step.s.config.supervision;
    plugin.error = child.fault;
    plugin.crash = child.refused ? std::nullopt : child.crash;
    advance(step, subject_of(plugin), plugin.state, PluginEvent::fail);
    step.log(Level::error, subject_of(plugin), plugin.error ? plugin.error->message : "its enumerator ended early");
    const model::RestartPolicy policy{figures.backoff_min_ms, figures.backoff_max_ms, figures.reset_after_ms,
                                      child.refused ? 0 : figures.quarantine_failures, figures.quarantine_window_ms};
    journal_plugin(step, plugin, "plugin.failed");
    if (child.refused && !plugin.manifest)
        return; // the file itself is wrong: only another file can mend that (a changed configuration reads it again)
    const auto delay_ms = plugin.restarts.failed(step.now, policy);
    if (!delay_ms) {
        advance(step, subject_of(plugin), plugin.state, PluginEvent::quarantine);
        plugin.error = with_remedy(
            make_error(Code::plugin_quarantined, "listing its devices failed too often, it is not tried again: " +
                                                     (child.fault ? child.fault->message : "its enumerator ended")));
        journal_plugin(step, plugin, "plugin.quarantined");
        return;
    }
    step.s.timers.arm({Timer::Kind::plugin_retry, plugin.no}, step.in_ms(std::max<std::int64_t>(*delay_ms, 1)));
}

} // namespace

void add_plugins(Step& step) {
    State& s = step.s;
    for (const auto& config : s.config.plugins) {
        const bool there =
            std::ranges::any_of(s.plugins, [&](const auto& entry) { return entry.second.config.name == config.name; });
        if (there)
            continue;
        Plugin& plugin = s.plugins[++s.last_plugin];
        plugin.no = s.last_plugin;
        plugin.config = config;
        start_enumerator(step, plugin);
        touch_plugin(step, plugin.no);
    }
}

void remove_plugin(Step& step, PluginNo no) {
    State& s = step.s;
    Plugin& plugin = s.plugins.at(no);
    plugin.configured = false;
    s.timers.disarm({Timer::Kind::plugin_retry, no});
    s.timers.disarm({Timer::Kind::bus_settled, no});
    if (const auto child = s.children.find(plugin.enumerator); child != s.children.end()) {
        kill_child(step, child->first, make_error(Code::unknown_plugin, "its plugin left the configuration"));
        return; // enumerator_ended comes back here
    }
    std::vector<DeviceNo> devices;
    for (auto& [device_no, device] : s.devices)
        if (device.plugin == no) {
            device.listed = false;
            devices.push_back(device_no);
        }
    for (const auto device_no : devices)
        if (const auto device = s.devices.find(device_no); device != s.devices.end()) {
            release_host(step, device->second);
            forget_if_gone(step, device_no); // the last one to go comes back here, and takes the plugin along
        }
    // The process that its devices shared may outlive the last of them for a moment.
    const bool empty = std::ranges::none_of(s.devices, [&](const auto& e) { return e.second.plugin == no; }) &&
                       std::ranges::none_of(s.children, [&](const auto& e) { return e.second.owner == no; });
    if (const auto left = s.plugins.find(no); empty && left != s.plugins.end()) {
        s.dirty.insert("plugin." + left->second.id());
        s.plugins.erase(left);
        add_plugins(step); // its successor waited for it: two of one id cannot be told apart
    }
}

void enumerate_again(Step& step, PluginNo no) {
    if (const auto found = step.s.plugins.find(no); found != step.s.plugins.end() && found->second.configured)
        start_enumerator(step, found->second);
}

void enumerate_if_it_waited(Step& step, PluginNo no) {
    if (const auto found = step.s.plugins.find(no);
        found != step.s.plugins.end() && found->second.again && found->second.single())
        enumerate_again(step, no);
}

void enumerator_greeted(Step& step, Child& child) {
    const Plugin& plugin = step.s.plugins.at(child.owner);
    wire::Prefix prefix;
    prefix.incarnation = child.id;
    std::optional<std::vector<wire::HostMock>> mocks = take_mock_calls(step, child);
    if (mocks->empty())
        mocks.reset();
    step.send(child.id, wire::Type::enum_start, wire::encode(wire::EnumStart{plugin.config.path, std::move(mocks)}),
              prefix);
    step.s.timers.arm({Timer::Kind::child_start, child.id}, step.in_ms(step.s.config.supervision.enumerate_ms_max));
}

std::optional<model::Error> enumerator_message(Step& step, Child& child, const wire::Message& message) {
    Plugin& plugin = step.s.plugins.at(child.owner);
    if (child.done || child.refused)
        return broken("spoke after its last word");
    if (message.json.size() > record_bytes_max)
        return broken("sent a record of more than " + std::to_string(record_bytes_max) + " bytes");
    switch (message.prefix.type) {
    case wire::Type::enum_manifest: return take_manifest(step, plugin, message);
    case wire::Type::enum_device: {
        auto device = wire::decode<wire::EnumDevice>(message.json);
        if (!device)
            return broken("sent a device that cannot be read: " + device.error().message);
        const bool twice = std::ranges::any_of(plugin.found, [&](const auto& other) { return other.id == device->id; });
        if (twice || device->id.empty() || plugin.found.size() >= devices_max || !plugin.manifest)
            return make_error(Code::protocol_error, twice ? "the plugin lists two devices with the id " + device->id
                                                          : "the plugin lists devices without id, or too many");
        plugin.found.push_back(std::move(*device));
        return std::nullopt;
    }
    case wire::Type::enum_done:
        if (!plugin.manifest)
            return broken("finished without a manifest");
        child.done = true;
        return std::nullopt;
    case wire::Type::host_mock_done: return mock_done(step, child, message);
    case wire::Type::host_failed: {
        const auto body = wire::decode<wire::Failure>(message.json);
        if (!body)
            return broken("reported a failure that cannot be read");
        child.fault = error_from(*body);
        child.refused = true;
        return std::nullopt;
    }
    default: return broken("sent what an enumerator does not send");
    }
}

void enumerator_ended(Step& step, const Child& child) {
    State& s = step.s;
    const auto found = s.plugins.find(child.owner);
    if (found == s.plugins.end())
        return;
    Plugin& plugin = found->second;
    plugin.enumerator = 0;
    if (s.stopping != Stopping::no)
        return stop_goes_on(step);
    if (!plugin.configured)
        return remove_plugin(step, plugin.no);
    if (child.done) {
        advance(step, subject_of(plugin), plugin.state, PluginEvent::ready);
        plugin.error.reset();
        plugin.crash.reset();
        take_devices(step, plugin);
        if (const std::int64_t every_ms = list_every_ms(s, plugin); every_ms > 0)
            s.timers.arm({Timer::Kind::plugin_retry, plugin.no}, step.in_ms(every_ms));
    } else {
        failed(step, plugin, child);
        bind_slots(step); // what it would have listed is not waited for any more
    }
    touch_plugin(step, plugin.no);
    if (plugin.again)
        start_enumerator(step, plugin);
    for (auto& [no, device] : s.devices)
        if (device.plugin == plugin.no) {
            dispatch(step, device);
            offer_preview(step, device);
        }
}

void enumerator_stuck(Step& step, const Child& child) {
    Plugin& plugin = step.s.plugins.at(child.owner);
    plugin.error = make_error(Code::device_stuck, "the process that lists its devices hangs in the kernel; power-cycle "
                                                  "the device");
    advance(step, subject_of(plugin), plugin.state, PluginEvent::fail);
    touch_plugin(step, plugin.no);
}

void forget_if_gone(Step& step, DeviceNo no) {
    State& s = step.s;
    const auto found = s.devices.find(no);
    if (found == s.devices.end())
        return;
    Device& device = found->second;
    const bool bound = std::ranges::any_of(
        s.slots, [&](const auto& entry) { return entry.second.device == no || entry.second.own == no; });
    if (device.listed || device.host != 0 || bound)
        return;
    trial_failed(step, no, not_connected());
    reset_abandoned(step, device);
    const PluginNo plugin = device.plugin;
    s.timers.disarm({Timer::Kind::device_retry, no});
    s.timers.disarm({Timer::Kind::self_check, no});
    s.dirty.insert("device." + device.id);
    s.device_ids.erase(device.id);
    s.devices.erase(found);
    if (const auto owner = s.plugins.find(plugin); owner != s.plugins.end() && !owner->second.configured)
        remove_plugin(step, plugin);
}

} // namespace rekam::broker
