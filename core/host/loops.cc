// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/loops.h"

#include "core/wire/codec.h"
#include "core/wire/tables.h"

#include <algorithm>
#include <utility>

namespace rekam::host {

using wire::Type;

std::vector<DeviceEffect> Loops::step(const Now& now, DeviceNo device, Event event) {
    now_ = now;
    device_ = device;
    effects_.clear();
    if (ended_)
        run(0, front_, std::move(event)); // it has ended too: what the event holds is given back
    else
        std::visit([this](auto& e) { on(e); }, event);
    return std::move(effects_);
}

std::int64_t Loops::next_deadline_us() const {
    std::int64_t next = never_us;
    if (!ended_)
        for (const auto& [device, loop] : devices_)
            next = std::min(next, loop.next_deadline_us());
    return next;
}

void Loops::on(Detached&) {
    attached_ = false;
    leaving_ = true;
    if (devices_.empty())
        return run(0, front_, Detached{});
    run_all(Detached{});
}

void Loops::on(Tick&) { run_all(Tick{}); }

void Loops::received(wire::Message message) {
    const bool allowed = wire::allowed(message, wire::Boundary::host, wire::Direction::from_broker);
    if (allowed && message.prefix.type == Type::host_start)
        return received_start(std::move(message));
    if (allowed && message.prefix.type == Type::host_stop)
        return received_stop(message);
    const bool credit = message.prefix.type == Type::host_taken;
    const auto found = allowed ? devices_.find(message.prefix.request) : devices_.end();
    if (found == devices_.end() || message.prefix.type == Type::host_ping)
        run(0, front_, Received{std::move(message)});
    else
        run(found->first, found->second, Received{std::move(message)});
    if (credit) // others may have waited for it
        run_all(Tick{});
}

void Loops::received_start(wire::Message message) {
    const DeviceNo device = message.prefix.request;
    const auto start = wire::decode<wire::HostStart>(message.json);
    if (front_.state() == LoopState::fresh || device == 0 || !start)
        return end(exit_protocol, start ? "a host_start too early, or for no device" : start.error().message);
    if (leaving_ || devices_.contains(device) || (used_ && !(shared_ && start->shared)))
        return end(exit_protocol, "a host_start for one device too many");
    used_ = true;
    shared_ = start->shared;
    incarnation_ = message.prefix.incarnation;
    Loop& loop = devices_.try_emplace(device, limits_, &credits_, false).first->second;
    run(device, loop, Received{std::move(message)});
}

void Loops::received_stop(const wire::Message& message) {
    const DeviceNo device = message.prefix.request;
    if (device != 0) {
        if (const auto found = devices_.find(device); found != devices_.end())
            run(device, found->second, Received{message});
        return; // else it has gone by itself meanwhile
    }
    leaving_ = true;
    if (devices_.empty())
        return run(0, front_, Received{message});
    run_all(Received{message});
}

// From a thread of the device. One that comes after the device has gone holds at most a frame.
void Loops::to_device(Event event) {
    const auto found = devices_.find(device_);
    if (found != devices_.end())
        return run(device_, found->second, std::move(event));
    if (const auto* framed = std::get_if<Framed>(&event))
        effects_.push_back({device_, Release{framed->descriptor}});
    if (const auto* shown = std::get_if<Previewed>(&event))
        for (const auto descriptor : descriptors_of(*shown))
            effects_.push_back({device_, Release{descriptor}});
}

void Loops::run_all(const Event& event) {
    std::vector<DeviceNo> all;
    for (const auto& [device, loop] : devices_)
        all.push_back(device);
    for (const DeviceNo device : all)
        if (const auto found = devices_.find(device); found != devices_.end() && !ended_)
            run(device, found->second, event);
}

void Loops::run(DeviceNo device, Loop& loop, Event event) {
    const bool closed = std::holds_alternative<Closed>(event);
    for (Effect& effect : loop.step(now_, std::move(event))) {
        if (const auto* exit = std::get_if<Exit>(&effect))
            return ended(device, *exit, closed); // always the last one; the loop may be gone now
        if (auto* sent = std::get_if<Send>(&effect); sent && device == 0)
            sent->message.prefix.incarnation = incarnation_;
        effects_.push_back({device, std::move(effect)});
    }
}

void Loops::ended(DeviceNo device, const Exit& exit, bool closed) {
    if (device == 0 || exit.code != exit_ok || !shared_) {
        if (exit.code == exit_broken_promise && shared_)
            tell_fatal(device, exit.reason);
        return end(exit.code, exit.reason);
    }
    devices_.erase(device);
    if (closed)
        tell(Type::host_closed, device);
    if (leaving_ && devices_.empty())
        end(exit_ok, exit.reason);
}

// The broker must know which of the devices takes the others along. A loop that was opening has said why already.
void Loops::tell_fatal(DeviceNo device, const std::string& reason) {
    for (DeviceEffect& said : effects_)
        if (auto* sent = std::get_if<Send>(&said.effect); sent && sent->message.prefix.type == Type::host_failed) {
            sent->message.prefix.flags = wire::flag_fatal;
            return;
        }
    wire::Failure failure;
    failure.code = model::Code::broken_promise;
    failure.message = reason;
    tell(Type::host_failed, device, wire::encode(failure), wire::flag_fatal);
}

void Loops::tell(Type type, DeviceNo device, std::string json, std::uint16_t flags) {
    if (!attached_)
        return;
    wire::Message message;
    message.prefix.type = type;
    message.prefix.flags = flags;
    message.prefix.request = device;
    message.prefix.incarnation = incarnation_;
    message.json = std::move(json);
    effects_.push_back({device, Send{std::move(message)}});
}

void Loops::end(int code, std::string reason) {
    ended_ = true;
    front_.step(now_, Detached{}); // it gives back what still comes
    effects_.push_back({0, Exit{code, std::move(reason)}});
}

} // namespace rekam::host
