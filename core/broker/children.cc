// SPDX-License-Identifier: Apache-2.0
#include "core/broker/children.h"

#include "core/broker/crashes.h"
#include "core/broker/devices.h"
#include "core/broker/gate.h"
#include "core/broker/mocks.h"
#include "core/broker/plugins.h"
#include "core/broker/stop.h"
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"
#include "core/wire/tables.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::ChildEvent;
using model::ChildState;
using model::Code;
using model::make_error;

Child* find_child(Step& step, ChildId id) {
    const auto found = step.s.children.find(id);
    return found == step.s.children.end() ? nullptr : &found->second;
}

std::string subject_of(const Child& child) { return "child " + std::to_string(child.id); }

wire::Boundary boundary_of(ChildKind kind) {
    switch (kind) {
    case ChildKind::gate: return wire::Boundary::gate;
    case ChildKind::host: return wire::Boundary::host;
    case ChildKind::enumerator: break;
    }
    return wire::Boundary::enumerator;
}

void close_all(Step& step, const wire::Message& message) {
    for (const auto descriptor : message.descriptors)
        step.out.push_back(CloseDescriptor{descriptor});
}

/// The first message of every child: same build, or it is refused.
void greeted(Step& step, Child& child, const wire::Message& message) {
    const auto hello = wire::decode<wire::ChildHello>(message.json);
    if (!hello || hello->build != step.s.build)
        return kill_child(
            step, child.id,
            make_error(Code::wrong_driver, "the child is of another build than the station: reinstall both"));
    advance(step, subject_of(child), child.state, ChildEvent::hello);
    child.pid = hello->pid;
    step.s.timers.disarm({Timer::Kind::child_start, child.id});
    if (child.kind != ChildKind::enumerator)
        step.s.timers.arm({Timer::Kind::child_ping, child.id}, step.in_ms(step.s.config.supervision.ping_interval_ms));
    switch (child.kind) {
    case ChildKind::gate: return gate_greeted(step);
    case ChildKind::host: return host_greeted(step, child);
    case ChildKind::enumerator: return enumerator_greeted(step, child);
    }
}

void end_of(Step& step, Child child) {
    mocks_died(step, child);
    switch (child.kind) {
    case ChildKind::gate: return gate_ended(step);
    case ChildKind::host: return host_ended(step, child);
    case ChildKind::enumerator: return enumerator_ended(step, child);
    }
}

void forget_device_timers(Step& step, const Child& child) {
    for (const auto device : child.devices)
        step.s.timers.disarm({Timer::Kind::device_call, device});
}

void forget_timers(Step& step, const Child& child) {
    step.s.timers.disarm({Timer::Kind::child_start, child.id});
    step.s.timers.disarm({Timer::Kind::child_ping, child.id});
    forget_device_timers(step, child);
}

} // namespace

std::string shortened(std::string text, std::size_t bytes_max) {
    if (text.size() <= bytes_max)
        return text;
    while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xc0) == 0x80)
        --bytes_max;
    text.resize(bytes_max);
    return text + "...";
}

namespace {

/// It hangs in the kernel and was abandoned.
void stuck(Step& step, Child& child) {
    step.log(Level::error, subject_of(child), "its process does not die");
    switch (child.kind) {
    case ChildKind::gate: // the next one takes over its addresses; this one is not heard of again
        step.s.children.erase(child.id);
        gate_died(step);
        return gate_ended(step);
    case ChildKind::host: return host_stuck(step, child);
    case ChildKind::enumerator: return enumerator_stuck(step, child);
    }
}

std::string how(const ChildExited& event) {
    return event.signal != 0 ? "ended by signal " + std::to_string(event.signal)
                             : "exited with status " + std::to_string(event.exit_code);
}

} // namespace

ChildId start_child(Step& step, ChildKind kind, PluginNo owner, std::string name,
                    std::map<std::string, std::string> environment) {
    State& s = step.s;
    Child child;
    child.id = ++s.last_child;
    child.kind = kind;
    child.owner = owner;
    s.children.emplace(child.id, child);
    step.out.push_back(Spawn{child.id, kind, std::move(name), std::move(environment)});
    s.timers.arm({Timer::Kind::child_start, child.id}, step.in_ms(s.config.supervision.start_ms_max));
    return child.id;
}

void kill_child(Step& step, ChildId id, model::Error fault, DeviceNo culprit) {
    Child* child = find_child(step, id);
    if (!child || !advance(step, subject_of(*child), child->state, ChildEvent::kill))
        return;
    step.log(Level::warning, subject_of(*child), "killed: " + fault.message);
    if (!child->fault)
        child->fault = std::move(fault);
    child->done = false;
    if (std::ranges::find(child->devices, culprit) != child->devices.end())
        child->blamed = {culprit};
    forget_timers(step, *child);
    ++step.s.counters.children_killed;
    step.out.push_back(Kill{id});
}

void stop_child(Step& step, Child& child) {
    child.done = true;
    wire::Prefix prefix;
    prefix.incarnation = child.id;
    step.send(child.id, wire::Type::host_stop, {}, prefix);
    forget_device_timers(step, child); // one for all now
    step.s.timers.arm({Timer::Kind::child_start, child.id}, step.in_ms(step.s.config.supervision.stop_ms_max));
}

void child_started(Step& step, const ChildStarted& event) {
    if (Child* child = find_child(step, event.child))
        child->pid = event.pid;
}

void spawn_failed(Step& step, const ChildSpawnFailed& event) {
    Child* child = find_child(step, event.child);
    if (!child || !advance(step, subject_of(*child), child->state, ChildEvent::spawn_failed))
        return;
    forget_timers(step, *child);
    Child last = *child;
    last.fault = make_error(Code::internal, "its process could not be started: " + event.reason);
    step.s.children.erase(event.child);
    end_of(step, std::move(last));
}

void child_message(Step& step, ChildMessage& event) {
    Child* child = find_child(step, event.child);
    // What a child sent before it was killed is not heard; what it sent before it died by itself still is.
    if (!child || child->state == ChildState::ending || child->state == ChildState::stuck)
        return close_all(step, event.message);
    if (!wire::allowed(event.message, boundary_of(child->kind), wire::Direction::to_broker)) {
        close_all(step, event.message);
        return kill_child(step, child->id, make_error(Code::protocol_error, "it sent a message that it must not send"));
    }
    const auto type = event.message.prefix.type;
    const bool hello = type == wire::Type::gate_hello || type == wire::Type::host_hello;
    if (hello != (child->state == ChildState::starting)) {
        close_all(step, event.message);
        return kill_child(step, child->id, make_error(Code::protocol_error, "it sent its messages in the wrong order"));
    }
    if (hello)
        return greeted(step, *child, event.message);
    if (type == wire::Type::gate_pong || type == wire::Type::host_pong) {
        child->pinged_us = 0;
        return;
    }
    std::optional<model::Error> broken;
    switch (child->kind) {
    case ChildKind::gate: broken = gate_message(step, event); break;
    case ChildKind::host: broken = host_message(step, *child, event); break;
    case ChildKind::enumerator: broken = enumerator_message(step, *child, event.message); break;
    }
    if (broken)
        kill_child(step, event.child, std::move(*broken), event.message.prefix.request);
}

void channel_broken(Step& step, const ChannelBroken& event) {
    kill_child(step, event.child, make_error(Code::protocol_error, "its channel broke: " + event.reason));
}

void child_exited(Step& step, const ChildExited& event) {
    Child* child = find_child(step, event.child);
    if (!child || !advance(step, subject_of(*child), child->state, ChildEvent::exited))
        return;
    forget_timers(step, *child);
    child->pid = 0;
    child->crash = crash_of(step.s, *child, event, !child->fault);
    if (!child->done && !child->fault)
        child->fault = make_error(Code::plugin_crashed, "its process " + how(event));
    if (!child->done)
        step.log(Level::warning, subject_of(*child), how(event));
    if (child->kind == ChildKind::host)
        host_died(step, *child);
    if (child->kind == ChildKind::gate)
        gate_died(step);
}

void child_gone(Step& step, const ChildGone& event) {
    Child* child = find_child(step, event.child);
    if (!child)
        return;
    if (event.stuck) {
        if (!advance(step, subject_of(*child), child->state, ChildEvent::stuck))
            return;
        forget_timers(step, *child);
        stuck(step, *child);
        if (step.s.stopping != Stopping::no)
            stop_goes_on(step);
        return;
    }
    if (!advance(step, subject_of(*child), child->state, ChildEvent::gone))
        return;
    Child last = std::move(*child);
    step.s.children.erase(event.child);
    end_of(step, std::move(last));
}

void child_overdue(Step& step, ChildId id) {
    const Child* child = find_child(step, id);
    if (!child)
        return;
    const char* what = child->kind == ChildKind::enumerator && child->state != ChildState::starting
                           ? "it did not list its devices in time"
                           : "it did not report after its start";
    const bool leaving = child->done;
    kill_child(step, id, make_error(Code::broken_promise, leaving ? "it did not end in time" : what));
    if (Child* killed = find_child(step, id); killed && leaving)
        killed->done = true; // nobody needed it any more: its death is no failure of the device
}

void child_ping(Step& step, ChildId id) {
    Child* child = find_child(step, id);
    if (!child || child->state != ChildState::up)
        return;
    const auto& figures = step.s.config.supervision;
    if (child->pinged_us != 0 && step.now.mono_us - child->pinged_us >= figures.ping_ms_max * us_per_ms)
        return kill_child(step, id, make_error(Code::broken_promise, "it does not answer any more"));
    if (child->pinged_us == 0) {
        child->pinged_us = std::max<std::int64_t>(1, step.now.mono_us);
        wire::Prefix prefix;
        prefix.incarnation = child->kind == ChildKind::gate ? static_cast<std::uint64_t>(step.s.gate.epoch) : id;
        step.send(id, child->kind == ChildKind::gate ? wire::Type::gate_ping : wire::Type::host_ping, {}, prefix);
    }
    step.s.timers.arm({Timer::Kind::child_ping, id}, step.in_ms(figures.ping_interval_ms));
}

model::Error error_from(const wire::Failure& failure) {
    auto error = make_error(failure.code, shortened(failure.message, 1'000));
    if (failure.hint)
        error.hint = shortened(*failure.hint, 64);
    error.vendor_code = failure.vendor_code;
    return error;
}

bool plugin_is_enumerating(const Step& step, const Device& device) {
    const auto plugin = step.s.plugins.find(device.plugin);
    return plugin != step.s.plugins.end() && plugin->second.single() && plugin->second.enumerator != 0;
}

} // namespace rekam::broker
