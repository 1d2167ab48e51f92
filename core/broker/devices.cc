// SPDX-License-Identifier: Apache-2.0
#include "core/broker/devices.h"

#include "core/broker/children.h"
#include "core/broker/health.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/plugins.h"
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

std::string subject_of(const Device& device) { return "device " + device.id; }

bool is_needed(const State& s, const Device& device) {
    const auto bound = [&](const auto& entry) {
        return entry.second.device == device.no || entry.second.own == device.no;
    };
    return !device.gone && (s.trials.contains(device.no) || std::ranges::any_of(s.slots, bound));
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

/// A plugin that wants one process and one thread for all its devices gets one device open: while one works, another
/// could keep none of its promises.
const Device* shares_thread_with(const State& s, const Device& device, const Plugin& plugin) {
    if (!plugin.manifest || plugin.manifest->process != "shared" || !plugin.single())
        return nullptr;
    const auto other = std::ranges::find_if(s.devices, [&](const auto& entry) {
        return entry.second.plugin == device.plugin && entry.first != device.no && entry.second.host != 0;
    });
    return other == s.devices.end() ? nullptr : &other->second;
}

Child* find_child(State& s, ChildId id) {
    const auto found = s.children.find(id);
    return found == s.children.end() ? nullptr : &found->second;
}

/// The process of all devices of the plugin, also one that is on its way out.
Child* shared_host(State& s, const Plugin& plugin) {
    const auto found = std::ranges::find_if(s.children, [&](const auto& entry) {
        return entry.second.kind == ChildKind::host && entry.second.shared && entry.second.owner == plugin.no;
    });
    return found == s.children.end() ? nullptr : &found->second;
}

/// Opens the device in the process that its plugin wants for it; false when that has to end first.
bool enter_host(Step& step, Device& device, const Plugin& plugin) {
    Child* host = plugin.shared() ? shared_host(step.s, plugin) : nullptr;
    const bool enters = host != nullptr;
    if (enters && (host->done || host->renews ||
                   (host->state != model::ChildState::starting && host->state != model::ChildState::up)))
        return false;
    if (!advance(step, subject_of(device), device.state, DeviceEvent::open))
        return false;
    if (!enters) {
        const auto id = start_child(step, ChildKind::host, plugin.no,
                                    "host " + (plugin.shared() ? plugin.id() : device.id), environment_of(plugin));
        host = find_child(step.s, id);
        host->shared = plugin.shared();
    }
    device.host = host->id;
    host->devices.push_back(device.no);
    if (host->state == model::ChildState::up)
        start_device(step, *host, device);
    return true;
}

/// Whether another device stays in its host.
bool shares_host(const State& s, const Child& host, const Device& device) {
    return std::ranges::any_of(host.devices,
                               [&](const auto no) { return no != device.no && !s.devices.at(no).leaving; });
}

/// The others stay: only this one is closed.
void leave_shared_host(Step& step, Child& host, Device& device) {
    device.leaving = true;
    if (host.state != model::ChildState::up) // it has not been told of the device yet, or dies
        return;
    step.send(host.id, wire::Type::host_stop, {}, prefix_to(device));
    step.s.timers.arm({Timer::Kind::device_call, device.no}, step.in_ms(step.s.config.supervision.stop_ms_max));
}

} // namespace

void ensure_host(Step& step, Device& device) {
    State& s = step.s;
    if (s.stopping != Stopping::no || device.host != 0 || !device.listed || !is_needed(s, device) ||
        (device.reset && device.reset->at_port) || s.timers.is_armed({Timer::Kind::device_retry, device.no}))
        return;
    const auto plugin = s.plugins.find(device.plugin);
    if (plugin == s.plugins.end() || !plugin->second.manifest ||
        plugin->second.state == model::PluginState::quarantined)
        return;
    if (const Device* other = shares_thread_with(s, device, plugin->second)) {
        device.error =
            make_error(Code::not_ready, "its plugin asks for one process and one thread for all its devices, "
                                        "and " +
                                            other->id + " is open; bind one of them only");
        touch_device(step, device.no);
        return;
    }
    if (enter_host(step, device, plugin->second))
        touch_device(step, device.no);
}

void release_host(Step& step, Device& device) {
    if (is_needed(step.s, device) || device.running != 0 || device.leaving)
        return;
    step.s.timers.disarm({Timer::Kind::device_retry, device.no});
    Child* host = find_child(step.s, device.host);
    if (!host) {
        if (device.state != model::DeviceState::quarantined) // only a person ends that
            advance(step, subject_of(device), device.state, DeviceEvent::close);
        touch_device(step, device.no);
        return;
    }
    if (shares_host(step.s, *host, device))
        return leave_shared_host(step, *host, device);
    device.leaving = true;
    stop_child(step, *host);
}

void device_unplugged(Step& step, Device& device) {
    device.gone = device.unplugged = true;
    device.listed = false;
    step.log(Level::info, subject_of(device), "was unplugged");
    release_host(step, device);
}

void device_retry(Step& step, DeviceNo no) {
    if (const auto found = step.s.devices.find(no); found != step.s.devices.end())
        climb(step, found->second);
}

void device_overdue(Step& step, DeviceNo no) {
    const auto found = step.s.devices.find(no);
    if (found == step.s.devices.end())
        return;
    const char* what = found->second.leaving ? "the device did not close within the plugin's promise"
                                             : "the device did not open within the plugin's promise";
    kill_child(step, found->second.host, make_error(Code::broken_promise, what), no);
}

void renew_host(Step& step, ChildId id) {
    Child* host = find_child(step.s, id);
    if (!host || host->done || (host->state != model::ChildState::starting && host->state != model::ChildState::up))
        return; // it is on its way out already
    host->renews = true;
    renew_if_idle(step, id);
}

void renew_if_idle(Step& step, ChildId id) {
    Child* host = find_child(step.s, id);
    if (!host || !host->renews || host->done)
        return;
    const bool works = std::ranges::any_of(host->devices, [&](const DeviceNo no) {
        const Device& device = step.s.devices.at(no);
        return device.running != 0 || device.check || device.identify;
    });
    if (!works)
        stop_child(step, *host);
}

bool takes_calls(const State& s, const Device& device) {
    const auto host = s.children.find(device.host);
    return host != s.children.end() && host->second.state == model::ChildState::up && !host->second.done &&
           !host->second.renews && device.opened && !device.leaving;
}

wire::Prefix prefix_to(const Device& device) {
    wire::Prefix prefix;
    prefix.request = device.no;
    prefix.incarnation = device.host;
    return prefix;
}

void after_job(Step& step, Device& device) {
    if (step.s.stopping != Stopping::no)
        return stop_goes_on(step);
    release_host(step, device);
    renew_if_idle(step, device.host);
    enumerate_if_it_waited(step, device.plugin);
    dispatch(step, device);
}

void count_failure(Step& step, Device& device, bool refused, const std::string& why) {
    State& s = step.s;
    const auto& figures = s.config.supervision;
    model::RestartPolicy policy{figures.backoff_min_ms, figures.backoff_max_ms, figures.reset_after_ms,
                                figures.quarantine_failures, figures.quarantine_window_ms};
    // A plugin that refuses in order (unplugged, no permission) is asked again for as long as it takes; only one
    // that crashes, hangs or breaks its promises is a danger that ends in quarantine.
    if (refused)
        policy.quarantine_failures = 0;
    device.failed_us = step.now.mono_us;
    const auto delay_ms = (refused ? device.refusals : device.crashes).failed(step.now, policy);
    if (!refused || !device.error || device.journaled != device.error->code)
        journal_device(step, device, "device.failed");
    device.journaled = device.error ? std::optional(device.error->code) : std::nullopt;
    if (!delay_ms) {
        advance(step, subject_of(device), device.state, DeviceEvent::quarantine);
        device.error = with_remedy(
            make_error(Code::plugin_quarantined, "the device failed too often and is not tried again: " + why));
        step.log(Level::error, subject_of(device), "quarantined: " + device.error->message);
        journal_device(step, device, "device.quarantined");
        fail_queue(step, device, *device.error);
    } else if (refused) {
        fail_queue(step, device, *device.error);
    }
    ++device.unopened;
    if (delay_ms.value_or(0) > 0)
        s.timers.arm({Timer::Kind::device_retry, device.no}, step.in_ms(*delay_ms));
    reset_failed(step, device);
    trial_failed(step, device.no, device.error.value_or(make_error(Code::device_down, why)));
}

} // namespace rekam::broker
