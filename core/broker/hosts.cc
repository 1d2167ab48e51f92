// SPDX-License-Identifier: Apache-2.0
// What hosts say of their devices, and what their death means for each of them.
#include "core/broker/devices.h"

#include "core/broker/cards.h"
#include "core/broker/children.h"
#include "core/broker/crashes.h"
#include "core/broker/health.h"
#include "core/broker/identify.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/mocks.h"
#include "core/broker/plugins.h"
#include "core/broker/preview_pools.h"
#include "core/broker/previews.h"
#include "core/broker/prints.h"
#include "core/broker/refusals.h"
#include "core/broker/replacements.h"
#include "core/broker/resets.h"
#include "core/broker/self_checks.h"
#include "core/broker/slots.h"
#include "core/broker/statistics.h"
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

/// As the vendor ABI names them (sdk/plugin/rekam/ext), which is not the broker's to include.
constexpr std::string_view preview_extension = "rekam.preview/1", identify_extension = "rekam.identify/1";

model::Error broken(std::string what) { return make_error(Code::protocol_error, "the host " + std::move(what)); }

/// Identity and promises are what was listed; what an open device knows better about itself is taken over.
void learn(wire::EnumDevice& facts, const wire::EnumDevice& open) {
    for (const auto field : {&wire::EnumDevice::make, &wire::EnumDevice::model, &wire::EnumDevice::serial,
                             &wire::EnumDevice::firmware, &wire::EnumDevice::physical})
        if (open.*field)
            facts.*field = open.*field;
    if (!open.functions.empty())
        facts.functions = open.functions;
}

std::optional<model::Error> ready(Step& step, Device& device, wire::HostReady& body) {
    device.capabilities.clear();
    for (auto& [function, text] : body.capabilities) {
        const auto known = model::parse<model::Function>(function);
        if (!known)
            continue;
        auto read = Capabilities::read(text.text);
        if (!read)
            return make_error(Code::protocol_error, "the plugin's " + read.error().message);
        device.capabilities[*known] = std::move(*read);
    }
    if (wire::encode(body.device).size() > 8'192)
        return make_error(Code::protocol_error, "the plugin says too much of its device");
    learn(device.facts, body.device);
    device.caps_rev += 1;
    device.health_beside_job = body.health_beside_job;
    device.encoder = body.encoder;
    device.can_preview = std::ranges::find(body.extensions, preview_extension) != body.extensions.end();
    device.can_identify = std::ranges::find(body.extensions, identify_extension) != body.extensions.end();
    device.error.reset();
    device.crash.reset();
    device.unopened = 0;
    device.opened = true;
    device.reported_us = 0;
    device.readings.clear();
    if (!device.leaving) // else the time for its end runs already
        step.s.timers.disarm({Timer::Kind::device_call, device.no});
    device.degraded = false;
    device.disagreeing = device.failed_checks = 0;
    device.failing = false;
    advance(step, subject_of(device), device.state, DeviceEvent::ready);
    arm_self_check(step, device, true);
    for (auto& [name, slot] : step.s.slots)
        if (slot.device == device.no) {
            slot.fence = next_fence(step.s);
            slot.caps_rev += 1;
            check_coverage(slot, device);
        }
    touch_device(step, device.no);
    device.journaled.reset();
    journal_device(step, device, "device.opened");
    if (body.evidence)
        evidence_seen(step, device, *body.evidence);
    reset_done(step, device);
    trial_goes_on(step, device);
    dispatch(step, device);
    return std::nullopt;
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
        if (slot.device == device.no) {
            slot.caps_rev += body.capabilities ? 1 : 0;
            check_coverage(slot, device);
        }
    touch_device(step, device.no);
    if (body.gone.value_or(false))
        device_unplugged(step, device);
    if (body.devices)
        enumerate_again(step, device.plugin);
}

bool is_blamed(const Child& host, const Device& device) {
    return host.blamed.empty() || std::ranges::find(host.blamed, device.no) != host.blamed.end();
}

/// The fault of a host that died, in the words of the one who asks for the device.
model::Error fault_of(const State& s, const Child& host, const Device& device) {
    auto error = with_remedy(host.fault.value_or(make_error(Code::device_down, "its process ended")));
    if (!is_blamed(host, device)) {
        const auto culprit = s.devices.find(host.blamed.front());
        error = make_error(Code::plugin_crashed, "the process of all devices of its plugin ended because of " +
                                                     (culprit == s.devices.end() ? "another one" : culprit->second.id) +
                                                     ": " + error.message);
    }
    error.device = device.id;
    return error;
}

/// Those that a plugin was at work on when its process died. A fault that is known to be of one device says so itself.
std::vector<DeviceNo> at_work(const State& s, const Child& host) {
    std::vector<DeviceNo> found;
    for (const auto no : host.devices) {
        const Device& device = s.devices.at(no);
        const bool opening = device.state == model::DeviceState::starting && host.state != model::ChildState::starting;
        if (device.running != 0 || device.preview != 0 || device.check || device.identify || opening)
            found.push_back(no);
    }
    return found;
}

void note_crash(const Child& host, Device& device) {
    device.crash = host.refused || !is_blamed(host, device) ? std::nullopt : host.crash;
    if (device.crash)
        device.crash->call = call_of(device);
}

void device_died(Step& step, const Child& host, Device& device) {
    device.opened = false;
    const auto error = fault_of(step.s, host, device);
    previews_died(step, device, error);
    identify_died(step, device, error);
    if ((host.done || device.leaving) && device.running == 0) {
        health_died(step, device, error);
        advance(step, subject_of(device), device.state, DeviceEvent::close);
        touch_device(step, device.no);
        return;
    }
    device.error = error;
    note_crash(host, device);
    job_died(step, device, error);
    health_died(step, device, error);
    advance(step, subject_of(device), device.state, DeviceEvent::fail);
    touch_device(step, device.no);
}

/// The device has no host any more.
void leave_host(Step& step, Device& device) {
    device.host = 0;
    device.opened = device.leaving = device.gone = device.degraded = device.failing = false;
    step.s.timers.disarm({Timer::Kind::self_check, device.no});
    step.s.timers.disarm({Timer::Kind::device_call, device.no});
    touch_device(step, device.no);
}

void unlist(Step& step, Device& device) { // it left while it was open
    device.unplugged = false;
    advance(step, subject_of(device), device.state, DeviceEvent::unlisted);
    fail_queue(step, device, not_connected());
}

void device_ended(Step& step, const Child& host, Device& device) {
    const bool wanted = !host.done && !device.leaving;
    leave_host(step, device);
    if (device.state == model::DeviceState::starting) // it could not even be spawned
        advance(step, subject_of(device), device.state, DeviceEvent::fail);
    if (host.fault)
        device.error = fault_of(step.s, host, device);
    if (step.s.stopping != Stopping::no)
        return;
    if (device.state == model::DeviceState::stuck) // it died at last: its device may be tried again
        advance(step, subject_of(device), device.state, DeviceEvent::clear);
    if (!device.listed)
        unlist(step, device);
    if (!wanted)
        return reset_port(step, device);
    ++device.restarts;
    count_restart(step, device);
    if (is_blamed(host, device))
        count_failure(step, device, host.refused, host.fault ? host.fault->message : "its process ended");
}

/// It has left a host that goes on, as long as another device is in it. The last thing that is done with the device.
void go_on_without(Step& step, Child& host, Device& device) {
    if (host.devices.empty() && !host.done)
        stop_child(step, host);
    if (step.s.stopping != Stopping::no)
        return;
    if (!device.listed)
        unlist(step, device);
    ensure_host(step, device);
    forget_if_gone(step, device.no);
}

/// It is closed in a host that goes on.
void device_closed(Step& step, Child& host, Device& device) {
    std::erase(host.devices, device.no);
    leave_host(step, device);
    const auto error =
        make_error(Code::not_ready, "the device was closed, as no slot is bound to it any more; bind one");
    previews_died(step, device, error);
    health_died(step, device, error);
    identify_died(step, device, error);
    advance(step, subject_of(device), device.state, DeviceEvent::close);
    go_on_without(step, host, device);
}

/// The plugin said no to one device of several, in order: nothing of it is left open.
void device_refused(Step& step, Child& host, Device& device, model::Error error) {
    if (device.leaving)
        return device_closed(step, host, device);
    std::erase(host.devices, device.no);
    leave_host(step, device);
    error.device = device.id;
    device.crash.reset();
    device.error = with_remedy(std::move(error));
    advance(step, subject_of(device), device.state, DeviceEvent::fail);
    if (step.s.stopping == Stopping::no) {
        ++device.restarts;
        count_restart(step, device);
        count_failure(step, device, true, device.error->message);
    }
    go_on_without(step, host, device);
}

std::optional<model::Error> host_failed(Step& step, Child& host, Device& device, const wire::Message& message) {
    const auto body = wire::decode<wire::Failure>(message.json);
    const bool fatal = (message.prefix.flags & wire::flag_fatal) != 0;
    if (!body || (fatal ? !host.shared : device.opened))
        return broken("reported a failure that cannot be");
    if (fatal)
        return error_from(*body);
    if (host.shared) {
        device_refused(step, host, device, error_from(*body));
        return std::nullopt;
    }
    host.fault = error_from(*body);
    host.refused = true;
    return std::nullopt;
}

std::optional<model::Error> host_message_of(Step& step, Child& host, Device& device, ChildMessage& event) {
    const auto& message = event.message;
    switch (message.prefix.type) {
    case wire::Type::host_ready: {
        auto body = wire::decode<wire::HostReady>(message.json);
        if (!body || device.opened)
            return broken(device.opened ? "reported ready twice"
                                        : "sent a record that cannot be read: " + body.error().message);
        return ready(step, device, *body);
    }
    case wire::Type::host_failed: return host_failed(step, host, device, message);
    case wire::Type::host_closed:
        if (!host.shared || !device.leaving)
            return broken("closed a device that it was not asked to close");
        device_closed(step, host, device);
        return std::nullopt;
    case wire::Type::host_progress: return job_progress(step, device, message);
    case wire::Type::host_frame: return job_frame(step, device, event);
    case wire::Type::host_final: return job_final(step, device, message);
    case wire::Type::host_begins: return print_begins(step, device, message);
    case wire::Type::host_chip: return print_at_chip(step, device, message);
    case wire::Type::host_card: return card_opened(step, device, message);
    case wire::Type::host_answers: return card_answered(step, device, message);
    case wire::Type::host_view: return preview_view(step, device, event);
    case wire::Type::host_buffers: return pool_made(step, device, event);
    case wire::Type::host_preview_over: return preview_over(step, device, message);
    case wire::Type::host_health: return health_result(step, device, message);
    case wire::Type::host_identified: return identified(step, device, message);
    case wire::Type::host_mock_done: return mock_done(step, host, message);
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

} // namespace

void start_device(Step& step, const Child& host, Device& device) {
    const Plugin& plugin = step.s.plugins.at(device.plugin);
    const wire::HostStart start{plugin.config.path, device.facts.id, device.facts.open_ms_max, host.shared};
    step.send(host.id, wire::Type::host_start, wire::encode(start), prefix_to(device));
    step.s.timers.arm({Timer::Kind::device_call, device.no}, step.in_ms(device.facts.open_ms_max + 500));
}

void host_greeted(Step& step, Child& child) {
    if (child.done) // it was told to end before it could hear anything
        return stop_child(step, child);
    const auto devices = child.devices;
    for (const auto no : devices)
        if (Device& device = step.s.devices.at(no); device.leaving)
            device_closed(step, child, device);
        else
            start_device(step, child, device);
}

std::optional<model::Error> host_message(Step& step, Child& child, ChildMessage& event) {
    const DeviceNo no = event.message.prefix.request;
    const bool there = std::ranges::find(child.devices, no) != child.devices.end();
    if (!there || child.refused) {
        for (const auto descriptor : event.message.descriptors)
            step.out.push_back(CloseDescriptor{descriptor});
        return broken(there ? "spoke after its last word" : "spoke of a device that is not open in it");
    }
    return host_message_of(step, child, step.s.devices.at(no), event);
}

void host_died(Step& step, Child& child) {
    if (child.blamed.empty())
        child.blamed = at_work(step.s, child);
    const auto devices = child.devices;
    for (const auto no : devices)
        device_died(step, child, step.s.devices.at(no));
}

void host_ended(Step& step, const Child& child) {
    State& s = step.s;
    if (!child.done && s.stopping == Stopping::no)
        ++s.counters.host_restarts;
    for (const auto no : child.devices)
        device_ended(step, child, s.devices.at(no));
    if (s.stopping != Stopping::no)
        return stop_goes_on(step);
    for (auto& [no, device] : s.devices) // what waited for this process may go on
        if (device.plugin == child.owner)
            ensure_host(step, device);
    for (const auto no : child.devices)
        forget_if_gone(step, no);
    if (const auto plugin = s.plugins.find(child.owner); plugin != s.plugins.end() && !plugin->second.configured)
        remove_plugin(step, child.owner);
}

void host_stuck(Step& step, Child& child) {
    const auto devices = child.devices;
    for (const auto no : devices) {
        Device& device = step.s.devices.at(no);
        device.opened = false;
        device.crash.reset();
        device.error = make_error(Code::device_stuck, "its process hangs in the kernel; power-cycle the device");
        previews_died(step, device, *device.error);
        job_died(step, device, *device.error);
        health_died(step, device, *device.error);
        identify_died(step, device, *device.error);
        advance(step, subject_of(device), device.state, DeviceEvent::stick);
        journal_device(step, device, "device.stuck");
        fail_queue(step, device, *device.error);
        reset_failed(step, device);
        trial_failed(step, device.no, *device.error);
        touch_device(step, device.no);
    }
}

} // namespace rekam::broker
