// SPDX-License-Identifier: Apache-2.0
#include "core/broker/devices.h"

#include "core/broker/children.h"
#include "core/broker/health.h"
#include "core/broker/jobs.h"
#include "core/broker/plugins.h"
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

std::string subject_of(const Device& device) { return "device " + device.id; }

model::Error broken(std::string what) { return make_error(Code::protocol_error, "the host " + std::move(what)); }

bool is_needed(const State& s, const Device& device) {
    return std::ranges::any_of(s.slots, [&](const auto& entry) { return entry.second.device == device.no; });
}

/// Only what the manifest asked for and plugins.d grants.
std::map<std::string, std::string> environment_of(const Plugin& plugin) {
    std::map<std::string, std::string> granted;
    const auto requested = plugin.manifest->requested.find("environment");
    for (const auto& [name, value] : plugin.config.environment)
        if (requested != plugin.manifest->requested.end() &&
            requested->second.text.find("\"" + name + "\"") != std::string::npos)
            granted[name] = value;
    return granted;
}

/// Plugins that want one process for all their devices get one device open: two processes would break their SDK.
const Device* shares_fate_with(const State& s, const Device& device, const Plugin& plugin) {
    if (!plugin.manifest || plugin.manifest->process != "shared")
        return nullptr;
    const auto other = std::ranges::find_if(s.devices, [&](const auto& entry) {
        return entry.second.plugin == device.plugin && entry.first != device.no && entry.second.host != 0;
    });
    return other == s.devices.end() ? nullptr : &other->second;
}

/// Identity and promises are what was listed; what an open device knows better about itself is taken over.
void learn(wire::EnumDevice& facts, const wire::EnumDevice& open) {
    for (const auto field : {&wire::EnumDevice::make, &wire::EnumDevice::model, &wire::EnumDevice::serial,
                             &wire::EnumDevice::firmware, &wire::EnumDevice::physical})
        if (open.*field)
            facts.*field = open.*field;
    if (!open.functions.empty())
        facts.functions = open.functions;
}

void ready(Step& step, Device& device, Child& child, wire::HostReady& body) {
    device.capabilities.clear();
    for (auto& [function, text] : body.capabilities) {
        const auto known = model::parse<model::Function>(function);
        if (!known)
            continue;
        auto read = Capabilities::read(text.text);
        if (!read)
            return kill_child(step, child.id, make_error(Code::protocol_error, "the plugin's " + read.error().message));
        device.capabilities[*known] = std::move(*read);
    }
    if (wire::encode(body.device).size() > 8'192)
        return kill_child(step, child.id, make_error(Code::protocol_error, "the plugin says too much of its device"));
    learn(device.facts, body.device);
    device.caps_rev += 1;
    device.health_beside_job = body.health_beside_job;
    device.error.reset();
    child.opened = true;
    step.s.timers.disarm({Timer::Kind::child_start, child.id});
    advance(step, subject_of(device), device.state, DeviceEvent::ready);
    for (auto& [name, slot] : step.s.slots)
        if (slot.device == device.no) {
            slot.fence = next_fence(step.s);
            check_coverage(slot, device);
        }
    touch_device(step, device.no);
    dispatch(step, device);
}

void changed(Step& step, Device& device, const wire::HostChanged& body) {
    if (body.capabilities)
        for (const auto& [function, text] : *body.capabilities)
            if (const auto known = model::parse<model::Function>(function))
                if (auto read = Capabilities::read(text.text)) {
                    device.capabilities[*known] = std::move(*read);
                    device.caps_rev += 1;
                }
    for (auto& [name, slot] : step.s.slots)
        if (slot.device == device.no)
            check_coverage(slot, device);
    touch_device(step, device.no);
    if (body.devices)
        enumerate_again(step, device.plugin);
}

/// The fault of a host that died, in the words of the one who asks for the device.
model::Error fault_of(const Child& child, const Device& device) {
    auto error = child.fault.value_or(make_error(Code::device_down, "its process ended"));
    error.device = device.id;
    return error;
}

} // namespace

void ensure_host(Step& step, Device& device) {
    State& s = step.s;
    if (s.stopping != Stopping::no || device.host != 0 || !device.listed || !is_needed(s, device) ||
        s.timers.is_armed({Timer::Kind::device_retry, device.no}))
        return;
    const auto plugin = s.plugins.find(device.plugin);
    if (plugin == s.plugins.end() || !plugin->second.manifest ||
        plugin->second.state == model::PluginState::quarantined)
        return;
    if (const Device* other = shares_fate_with(s, device, plugin->second)) {
        device.error = make_error(Code::not_ready, "its plugin asks for one process for all its devices, and " +
                                                       other->id + " is open; bind one of them only");
        touch_device(step, device.no);
        return;
    }
    if (!advance(step, subject_of(device), device.state, DeviceEvent::open))
        return;
    device.host = start_child(step, ChildKind::host, device.no, "host " + device.id, environment_of(plugin->second));
    touch_device(step, device.no);
}

void release_host(Step& step, Device& device) {
    if (is_needed(step.s, device) || device.running != 0)
        return;
    step.s.timers.disarm({Timer::Kind::device_retry, device.no});
    const auto child = step.s.children.find(device.host);
    if (child == step.s.children.end()) {
        advance(step, subject_of(device), device.state, DeviceEvent::close);
        touch_device(step, device.no);
        return;
    }
    child->second.done = true;
    wire::Prefix prefix;
    prefix.incarnation = device.host;
    step.send(device.host, wire::Type::host_stop, {}, prefix);
    step.s.timers.arm({Timer::Kind::child_start, device.host}, step.in_ms(step.s.config.supervision.stop_ms_max));
}

void device_retry(Step& step, DeviceNo no) {
    if (const auto found = step.s.devices.find(no); found != step.s.devices.end())
        ensure_host(step, found->second);
}

void after_job(Step& step, Device& device) {
    if (step.s.stopping != Stopping::no)
        return stop_goes_on(step);
    release_host(step, device);
    const auto plugin = step.s.plugins.find(device.plugin);
    if (plugin != step.s.plugins.end() && plugin->second.again && plugin->second.single())
        enumerate_again(step, device.plugin);
    dispatch(step, device);
}

void host_greeted(Step& step, Child& child) {
    const Device& device = step.s.devices.at(child.owner);
    const Plugin& plugin = step.s.plugins.at(device.plugin);
    wire::Prefix prefix;
    prefix.incarnation = child.id;
    const wire::HostStart start{plugin.config.path, device.facts.id, device.facts.open_ms_max};
    step.send(child.id, wire::Type::host_start, wire::encode(start), prefix);
    step.s.timers.arm({Timer::Kind::child_start, child.id}, step.in_ms(device.facts.open_ms_max + 500));
}

std::optional<model::Error> host_message(Step& step, Child& child, ChildMessage& event) {
    Device& device = step.s.devices.at(child.owner);
    const auto& message = event.message;
    const bool opened = child.opened;
    if (child.refused)
        return broken("spoke after its last word");
    switch (message.prefix.type) {
    case wire::Type::host_ready: {
        auto body = wire::decode<wire::HostReady>(message.json);
        if (!body || opened)
            return broken(opened ? "reported ready twice"
                                 : "sent a record that cannot be read: " + body.error().message);
        ready(step, device, child, *body);
        return std::nullopt;
    }
    case wire::Type::host_failed: {
        const auto body = wire::decode<wire::Failure>(message.json);
        if (!body || opened)
            return broken("reported a failure that cannot be");
        child.fault = error_from(*body);
        child.refused = true;
        return std::nullopt;
    }
    case wire::Type::host_progress: return job_progress(step, device, message);
    case wire::Type::host_frame: return job_frame(step, device, event);
    case wire::Type::host_final: return job_final(step, device, message);
    case wire::Type::host_health: return health_result(step, device, message);
    case wire::Type::host_changed: {
        const auto body = wire::decode<wire::HostChanged>(message.json);
        if (!body)
            return broken("reported a change that cannot be read");
        changed(step, device, *body);
        return std::nullopt;
    }
    default: return broken("sent what a host does not send");
    }
}

void host_died(Step& step, Child& child) {
    Device& device = step.s.devices.at(child.owner);
    child.opened = false;
    if (child.done && device.running == 0) {
        health_died(step, device,
                    make_error(Code::device_down, "the device was closed while it was checked; check again"));
        advance(step, subject_of(device), device.state, DeviceEvent::close);
        touch_device(step, device.no);
        return;
    }
    const auto error = fault_of(child, device);
    device.error = error;
    job_died(step, device, error);
    health_died(step, device, error);
    advance(step, subject_of(device), device.state, DeviceEvent::fail);
    touch_device(step, device.no);
}

void host_ended(Step& step, const Child& child) {
    State& s = step.s;
    const auto found = s.devices.find(child.owner);
    if (found == s.devices.end())
        return;
    Device& device = found->second;
    device.host = 0;
    if (device.state == model::DeviceState::starting) // it could not even be spawned
        advance(step, subject_of(device), device.state, DeviceEvent::fail);
    if (child.fault)
        device.error = fault_of(child, device);
    if (s.stopping != Stopping::no)
        return stop_goes_on(step);
    if (device.state == model::DeviceState::stuck) // it died at last: its device may be tried again
        advance(step, subject_of(device), device.state, DeviceEvent::clear);
    touch_device(step, device.no);
    if (!device.listed) { // it left while it was open
        advance(step, subject_of(device), device.state, DeviceEvent::unlisted);
        fail_queue(step, device, make_error(Code::device_gone, "the device is not connected any more"));
    }
    if (!child.done) {
        ++device.restarts;
        ++s.counters.host_restarts;
        const auto& figures = s.config.supervision;
        model::RestartPolicy policy{figures.backoff_min_ms, figures.backoff_max_ms, figures.reset_after_ms,
                                    figures.quarantine_failures, figures.quarantine_window_ms};
        // A plugin that refuses in order (unplugged, no permission) is asked again for as long as it takes; only one
        // that crashes, hangs or breaks its promises is a danger that ends in quarantine.
        if (child.refused)
            policy.quarantine_failures = 0;
        const auto delay_ms = (child.refused ? device.refusals : device.crashes).failed(step.now, policy);
        if (!delay_ms) {
            advance(step, subject_of(device), device.state, DeviceEvent::quarantine);
            step.log(Level::error, subject_of(device), "quarantined: " + device.error->message);
            fail_queue(step, device,
                       make_error(Code::plugin_quarantined, "the device failed too often and is not tried again; "
                                                            "a technician must look at it: " +
                                                                device.error->message));
        } else if (child.refused) {
            fail_queue(step, device, *device.error);
        }
        if (delay_ms.value_or(0) > 0)
            s.timers.arm({Timer::Kind::device_retry, device.no}, step.in_ms(*delay_ms));
    }
    ensure_host(step, device);
    for (auto& [no, other] : s.devices) // one process for all devices of a plugin: another one may have its turn
        if (other.plugin == device.plugin)
            ensure_host(step, other);
    forget_if_gone(step, device.no);
}

void host_stuck(Step& step, Child& child) {
    Device& device = step.s.devices.at(child.owner);
    device.error = make_error(Code::device_stuck, "its process hangs in the kernel; power-cycle the device");
    job_died(step, device, *device.error);
    health_died(step, device, *device.error);
    advance(step, subject_of(device), device.state, DeviceEvent::stick);
    fail_queue(step, device, *device.error);
    touch_device(step, device.no);
}

} // namespace rekam::broker
