// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/loop.h"

#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"
#include "core/wire/tables.h"

#include <algorithm>
#include <utility>

namespace rekam::host {

using model::Code;
using wire::Failure;
using wire::Type;

Effects Loop::step(const Now& now, Event event) {
    now_ = now;
    effects_.clear();
    if (state_ == LoopState::ended) {
        if (auto* framed = std::get_if<Framed>(&event))
            effects_.push_back(Release{framed->descriptor});
        if (auto* shown = std::get_if<Previewed>(&event))
            for (const auto descriptor : descriptors_of(*shown))
                effects_.push_back(Release{descriptor});
        if (auto* late = std::get_if<Received>(&event))
            for (const wire::Descriptor descriptor : late->message.descriptors)
                effects_.push_back(Release{descriptor});
        return std::move(effects_);
    }
    std::visit([this](auto& e) { on(e); }, event);
    return std::move(effects_);
}

std::int64_t Loop::next_deadline_us() const {
    std::int64_t next = occupied_until_us_;
    if (job_) {
        next = std::min({next, job_->deadline_us, job_->give_up_us});
        if (job_->progress)
            next = std::min(next, job_->progress_us);
    }
    if (check_)
        next = std::min({next, check_->deadline_us, check_->give_up_us});
    if (card_)
        next = std::min(next, card_->give_up_us);
    next = std::min(next, preview_due_us());
    return state_ == LoopState::ended ? never_us : next;
}

void Loop::enter(LoopState state) { state_ = state; }

void Loop::send(Type type, const wire::Prefix& about, std::string json, std::vector<wire::Descriptor> descriptors) {
    if (!attached_)
        return release_all(descriptors);
    wire::Message message;
    message.prefix.type = type;
    message.prefix.request = about.request != 0 ? about.request : device_;
    message.prefix.session = about.session;
    message.prefix.job = about.job;
    message.prefix.fence = about.fence;
    message.prefix.incarnation = incarnation_;
    message.json = std::move(json);
    message.descriptors = std::move(descriptors);
    effects_.push_back(Send{std::move(message)});
}

void Loop::end(int code, std::string reason) {
    if (job_)
        for (const Framed& framed : job_->waiting)
            effects_.push_back(Release{framed.descriptor});
    if (job_)
        release_all(job_->pictures);
    job_.reset();
    card_.reset();
    check_.reset();
    identify_.reset();
    forget_preview();
    enter(LoopState::ended);
    effects_.push_back(Exit{code, std::move(reason)});
}

void Loop::on(Started& event) {
    if (state_ != LoopState::fresh)
        return;
    enter(LoopState::waiting);
    send(Type::host_hello, {}, wire::encode(wire::ChildHello{event.build, event.pid}));
}

void Loop::on(Detached&) {
    attached_ = false;
    leave();
}

void Loop::on(Received& event) {
    wire::Message& message = event.message;
    if (!wire::allowed(message, wire::Boundary::host, wire::Direction::from_broker)) {
        release_all(message.descriptors);
        return end(exit_protocol, "a message that does not belong on this channel");
    }
    switch (message.prefix.type) {
    case Type::host_start: return received_start(message);
    case Type::host_run: return received_run(message);
    case Type::host_go: return received_go(message);
    case Type::host_chip_over: return received_chip_over(message);
    case Type::host_apdus: return received_apdus(message);
    case Type::host_card_close: return received_card_close(message);
    case Type::host_interrupt: return received_interrupt(message);
    case Type::host_check: return received_check(message);
    case Type::host_identify: return received_identify(message);
    case Type::host_preview: return received_preview(message);
    case Type::host_preview_stop: return received_preview_stop(message);
    case Type::host_returned: return received_returned(message);
    case Type::host_taken: return received_taken(message);
    case Type::host_ping: return send(Type::host_pong, message.prefix, "");
    default: // host_stop: allowed() lets nothing else through
        return leave();
    }
}

void Loop::received_start(const wire::Message& message) {
    auto start = wire::decode<wire::HostStart>(message.json);
    if (state_ != LoopState::waiting || !start)
        return end(exit_protocol, state_ != LoopState::waiting ? "a second host_start" : start.error().message);
    incarnation_ = message.prefix.incarnation;
    device_ = message.prefix.request;
    enter(LoopState::opening);
    occupied_ = Occupied::opening;
    occupied_until_us_ = after_ms(limits_.create_ms_max + start->open_ms_max + limits_.grace_ms);
    effects_.push_back(Open{std::move(*start)});
}

void Loop::received_taken(const wire::Message& message) {
    const auto taken = wire::decode<wire::Taken>(message.json);
    const auto owed = static_cast<std::int64_t>(wire::descriptor_credit - credits());
    if (!taken || taken->descriptors < 1 || taken->descriptors > owed)
        return end(exit_protocol, "the broker took descriptors that it was not sent");
    credits() += static_cast<std::size_t>(taken->descriptors);
    if (preview_ && message.prefix.job == preview_->prefix.job)
        preview_->with_broker = false;
    pump_frames();
    go_on_with_preview();
}

void Loop::on(Opened& event) {
    if (occupied_ != Occupied::opening)
        return;
    occupied_ = Occupied::no;
    occupied_until_us_ = never_us;
    health_ms_max_ = event.ready.device.health_ms_max;
    health_beside_job_ = event.ready.health_beside_job;
    if (state_ == LoopState::opening) {
        enter(LoopState::open);
        send(Type::host_ready, {}, wire::encode(event.ready));
    }
    schedule();
}

void Loop::on(OpenFailed& event) {
    if (occupied_ != Occupied::opening)
        return;
    send(Type::host_failed, {}, wire::encode(event.failure));
    end(exit_ok, event.failure.message);
}

void Loop::on(CapabilitiesRead& event) {
    if (occupied_ != Occupied::capabilities)
        return;
    occupied_ = Occupied::no;
    occupied_until_us_ = never_us;
    if (event.capabilities) {
        wire::HostChanged changed;
        changed.capabilities = std::move(*event.capabilities);
        changed.caps_rev = event.caps_rev;
        send(Type::host_changed, {}, wire::encode(changed));
    }
    schedule();
}

void Loop::on(Changed& event) {
    if (event.devices) {
        wire::HostChanged changed;
        changed.devices = true;
        if (event.gone)
            changed.gone = true;
        send(Type::host_changed, {}, wire::encode(changed));
    }
    capabilities_dirty_ = capabilities_dirty_ || event.capabilities;
    schedule();
}

void Loop::on(Closed&) {
    if (occupied_ == Occupied::closing)
        end(exit_ok, "closed");
}

// Ends what runs, then closes the device, then the process.
void Loop::leave() {
    switch (state_) {
    case LoopState::fresh:
    case LoopState::waiting: return end(exit_ok, "nothing was open");
    case LoopState::opening:
    case LoopState::open:
        enter(LoopState::closing);
        preview_is_over(Failure{Code::shutting_down, "the host is stopping", {}, {}});
        if (job_ && !job_->started)
            refuse_run(std::exchange(job_, std::nullopt)->prefix, Code::cancelled, "the host is stopping");
        if (check_ && !check_->started)
            refuse_check(std::exchange(check_, std::nullopt)->prefix, Code::shutting_down, "the host is stopping");
        if (identify_ && !identify_->started)
            refuse_identify(std::exchange(identify_, std::nullopt)->prefix, Code::shutting_down,
                            "the host is stopping");
        if (job_) {
            refuse_frames();
            if (job_->begun)
                stop_print(Stop::leaving);
            else
                stop_call(*job_, Stop::leaving);
        }
        if (check_)
            stop_call(*check_, Stop::leaving);
        return schedule();
    case LoopState::closing: // a second stop, or the broker's end after its stop
    case LoopState::ended: return;
    }
}

void Loop::on(Tick&) {
    if (overdue())
        return;
    flush_progress();
    pump_frames(); // another device of the process may have left credit
    if (job_ && now_.mono_us >= job_->deadline_us) {
        if (job_->started)
            stop_call(*job_, Stop::deadline);
        else
            refuse_run(std::exchange(job_, std::nullopt)->prefix, Code::timeout, "its time was over before it began");
    }
    if (check_ && now_.mono_us >= check_->deadline_us) {
        if (check_->started)
            stop_call(*check_, Stop::deadline);
        else
            refuse_check(std::exchange(check_, std::nullopt)->prefix, Code::timeout,
                         "its time was over before it began");
    }
    go_on_with_preview();
}

bool Loop::overdue() {
    if (now_.mono_us >= occupied_until_us_)
        give_up(occupied_ == Occupied::opening        ? "opening the device"
                : occupied_ == Occupied::capabilities ? "reading its capabilities"
                : occupied_ == Occupied::preview      ? "a step of a preview"
                : occupied_ == Occupied::identify     ? "showing which device it is"
                                                      : "closing the device");
    else if (job_ && now_.mono_us >= job_->give_up_us)
        give_up("ending an interrupted job");
    else if (card_ && now_.mono_us >= card_->give_up_us)
        give_up("ending an interrupted exchange with a card");
    else if (check_ && now_.mono_us >= check_->give_up_us)
        give_up("a health check");
    return state_ == LoopState::ended;
}

// The plugin's thread cannot be stopped: say what is known, then the process ends.
void Loop::give_up(const std::string& what) {
    Failure failure;
    failure.code = Code::broken_promise;
    failure.message = "the plugin took longer than it promised: " + what;
    if (occupied_ == Occupied::opening && state_ == LoopState::opening)
        send(Type::host_failed, {}, wire::encode(failure));
    if (card_)
        finish_card(failure);
    if (preview_) {
        preview_is_over(failure);
        finish_preview();
    }
    if (job_) {
        wire::HostFinal final;
        final.failure = failure;
        if (job_->begun)
            final.failure->effect = model::Effect::unknown;
        final.frames = job_->frames;
        send(Type::host_final, job_->prefix, wire::encode(final));
    }
    if (check_) {
        wire::HostHealth health;
        health.failure = failure;
        send(Type::host_health, check_->prefix, wire::encode(health));
    }
    if (identify_)
        refuse_identify(identify_->prefix, failure.code, failure.message);
    end(exit_broken_promise, failure.message);
}

} // namespace rekam::host
