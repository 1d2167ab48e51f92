// SPDX-License-Identifier: Apache-2.0 OR MIT
// The part of the loop that runs jobs and health checks.
#include "core/host/loop.h"

#include "core/wire/codec.h"

#include <utility>

namespace rekam::host {

using model::Code;
using wire::Failure;
using wire::Type;

namespace {

// Calls of the host's own (health checks) are numbered apart from the broker's jobs.
constexpr CallId check_bit = CallId{1} << 63;

Failure failure_of(Code code, std::string message) {
    Failure failure;
    failure.code = code;
    failure.message = std::move(message);
    return failure;
}

/// Words that come quicker than they may be sent wait for each other: each is something for a person to do.
void add_guidance(std::vector<std::string>& guide, std::string word) {
    constexpr std::size_t max_words = 8;
    if (!guide.empty() && guide.back() == word)
        return;
    if (guide.size() == max_words)
        guide.erase(guide.begin());
    guide.push_back(std::move(word));
}

} // namespace

void Loop::refuse_run(const wire::Prefix& prefix, Code code, const std::string& message) {
    wire::HostFinal final;
    final.failure = failure_of(code, message);
    send(Type::host_final, prefix, wire::encode(final));
}

void Loop::refuse_check(const wire::Prefix& prefix, Code code, const std::string& message) {
    wire::HostHealth health;
    health.failure = failure_of(code, message);
    send(Type::host_health, prefix, wire::encode(health));
}

void Loop::received_run(wire::Message& message) {
    auto run = wire::decode<wire::HostRun>(message.json);
    const wire::Prefix& prefix = message.prefix;
    auto pictures = std::exchange(message.descriptors, {});
    const bool proper = run && pictures.size() == (run->print ? run->print->pictures.size() : 0);
    if (!proper || prefix.job == 0 || (prefix.job & check_bit) != 0 || prefix.deadline_ms < 0) {
        release_all(pictures);
        return end(exit_protocol, run ? "a job without a proper number, deadline or pictures" : run.error().message);
    }
    if (run->card && run->card->at_print)
        return received_card_at_print(prefix, std::move(*run));
    if (state_ != LoopState::open || job_)
        release_all(pictures);
    if (state_ == LoopState::closing)
        return refuse_run(prefix, Code::cancelled, "the host is stopping");
    if (state_ != LoopState::open)
        return refuse_run(prefix, Code::not_ready, "the device is not open");
    if (job_)
        return refuse_run(prefix, Code::busy, "this device runs another job");
    job_.emplace();
    job_->id = prefix.job;
    job_->prefix = prefix;
    job_->run = std::move(*run);
    job_->pictures = std::move(pictures);
    if (prefix.deadline_ms > 0)
        job_->deadline_us = after_ms(prefix.deadline_ms);
    schedule();
}

void Loop::received_interrupt(const wire::Message& message) {
    const wire::Prefix& prefix = message.prefix;
    if (card_ && prefix.job == card_->id && prefix.fence == card_->prefix.fence)
        return stop_call(*card_, Stop::cancel);
    if (!job_ || prefix.job != job_->id || prefix.fence != job_->prefix.fence)
        return; // it ended meanwhile, or a ghost speaks
    if (!job_->started) {
        release_all(job_->pictures);
        return refuse_run(std::exchange(job_, std::nullopt)->prefix, Code::cancelled, "cancelled before it began");
    }
    if (job_->begun)
        return stop_print(Stop::cancel);
    stop_call(*job_, Stop::cancel);
}

void Loop::received_check(const wire::Message& message) {
    const auto asked = wire::decode<wire::HostCheck>(message.json);
    const wire::Prefix& prefix = message.prefix;
    if (!asked || prefix.deadline_ms < 0)
        return end(exit_protocol, asked ? "a check with a negative deadline" : asked.error().message);
    if (state_ != LoopState::open)
        return refuse_check(prefix, Code::not_ready, "the device is not open");
    if (check_)
        return refuse_check(prefix, Code::busy, "another health check is under way");
    check_.emplace();
    check_->prefix = prefix;
    check_->level = asked->level;
    if (prefix.deadline_ms > 0)
        check_->deadline_us = after_ms(prefix.deadline_ms);
    schedule();
}

// Gives the device's thread its next thing to do.
void Loop::schedule() {
    if (state_ != LoopState::open && state_ != LoopState::closing)
        return;
    if (check_ && !check_->started && occupied_ == Occupied::job && health_beside_job_ &&
        check_->level == model::HealthLevel::self)
        start_check(true);
    if (occupied_ != Occupied::no)
        return;
    const bool check_runs = check_ && check_->started;
    if (end_preview())
        return;
    if (state_ == LoopState::closing) {
        if (check_runs)
            return;
        occupied_ = Occupied::closing;
        occupied_until_us_ = after_ms(limits_.call_ms_max + limits_.grace_ms);
        effects_.push_back(Close{});
    } else if (job_ && !job_->started) {
        start_job();
    } else if (check_ && !check_->started) {
        start_check(false);
    } else if (identify_) {
        start_identify();
    } else if (capabilities_dirty_) {
        capabilities_dirty_ = false;
        occupied_ = Occupied::capabilities;
        occupied_until_us_ = after_ms(limits_.call_ms_max + limits_.grace_ms);
        effects_.push_back(ReadCapabilities{});
    } else {
        go_on_with_preview();
    }
}

void Loop::start_job() {
    if (now_.mono_us >= job_->deadline_us) {
        refuse_run(std::exchange(job_, std::nullopt)->prefix, Code::timeout, "its time was over before it could begin");
        return schedule();
    }
    job_->started = true;
    occupied_ = Occupied::job;
    effects_.push_back(Run{job_->id, job_->run, job_->deadline_us, std::exchange(job_->pictures, {}), 0});
    schedule(); // a check that waits may go beside it
}

void Loop::start_check(bool beside) {
    check_->started = true;
    check_->beside = beside;
    check_->id = check_bit | ++next_check_;
    const bool self = check_->level == model::HealthLevel::self;
    if (self) // a promise of the plugin, so the client's deadline does not count
        check_->deadline_us = after_ms(health_ms_max_);
    else if (check_->deadline_us == never_us)
        check_->deadline_us = after_ms(limits_.long_check_ms_max);
    if (!beside)
        occupied_ = Occupied::check;
    effects_.push_back(Check{check_->id, check_->level, check_->deadline_us, beside});
}

void Loop::stop_call(Call& call, Stop why) {
    call.deadline_us = never_us;
    if (call.stop != Stop::none)
        return;
    call.stop = why;
    call.give_up_us = after_ms(limits_.interrupt_ms_max + limits_.grace_ms);
    effects_.push_back(Interrupt{call.id});
}

void Loop::on(Progressed& event) {
    if (!job_ || event.call != job_->id || !job_->started || job_->ended)
        return;
    if (!job_->progress)
        job_->progress.emplace();
    wire::HostProgress& merged = *job_->progress;
    if (event.progress.percent)
        merged.percent = event.progress.percent;
    if (event.progress.quality)
        merged.quality = event.progress.quality;
    for (auto& word : event.progress.guide)
        add_guidance(merged.guide, std::move(word));
    flush_progress();
}

void Loop::flush_progress() {
    if (!job_ || !job_->progress || now_.mono_us < job_->progress_us)
        return;
    send(Type::host_progress, job_->prefix, wire::encode(*job_->progress));
    job_->progress.reset();
    job_->progress_us = after_ms(limits_.progress_every_ms);
}

void Loop::on(Framed& event) {
    const bool expected = job_ && event.call == job_->id && job_->started && !job_->ended;
    const bool fresh = expected && event.frame.exposure.mono_us >= job_->run.accepted_mono_us;
    if (expected && !fresh && !job_->spoiled)
        job_->spoiled = failure_of(Code::bad_frame, "the device delivered a picture from before the request");
    if (!expected || job_->spoiled) {
        effects_.push_back(Release{event.descriptor});
        effects_.push_back(FrameTaken{event.call, false});
        return;
    }
    job_->waiting.push_back(std::move(event));
    if (state_ == LoopState::closing)
        return refuse_frames();
    if (job_->waiting.size() > limits_.frames_waiting) {
        job_->spoiled = failure_of(Code::broken_promise, "the plugin does not wait until its frames are taken");
        return refuse_frames();
    }
    pump_frames();
}

// Gives back what waits for credit: the job cannot end well any more, and its end must not wait.
void Loop::refuse_frames() {
    if (!job_->waiting.empty() && !job_->spoiled)
        job_->spoiled = failure_of(Code::cancelled, "the host is stopping");
    for (const Framed& framed : job_->waiting) {
        effects_.push_back(Release{framed.descriptor});
        effects_.push_back(FrameTaken{framed.call, false});
    }
    job_->waiting.clear();
    pump_frames();
}

// Frames leave in order and only against credit; a final that came meanwhile follows them.
void Loop::pump_frames() {
    if (!job_)
        return;
    while (!job_->waiting.empty() && (credits() > 0 || !attached_)) {
        Framed framed = std::move(job_->waiting.front());
        job_->waiting.pop_front();
        framed.frame.index = job_->frames++;
        if (attached_)
            --credits();
        send(Type::host_frame, job_->prefix, wire::encode(framed.frame), {framed.descriptor});
        effects_.push_back(FrameTaken{framed.call, attached_});
    }
    if (job_->ended && job_->waiting.empty())
        finish_job();
}

void Loop::on(RunEnded& event) {
    if (card_ && event.call == card_->id)
        return finish_card(std::move(event.failure));
    if (!job_ || event.call != job_->id || !job_->started || job_->ended)
        return;
    if (card_) // the print is over, and so is whatever was open at its chip
        finish_card(failure_of(Code::card_removed, "the print of this card ended"));
    job_->deadline_us = never_us;
    job_->give_up_us = never_us;
    job_->ended = std::move(event);
    if (job_->progress && !job_->progress->guide.empty())
        job_->progress_us = now_.mono_us; // numbers are old now, but a person was told nothing yet
    else
        job_->progress.reset();
    flush_progress();
    occupied_ = Occupied::no;
    pump_frames();
    schedule();
}

// What the job's end means once everything that the host knows is held against what the plugin says.
std::optional<Failure> Loop::verdict() const {
    const std::optional<Failure>& said = job_->ended->failure;
    if (job_->spoiled)
        return job_->spoiled;
    if (!said && job_->run.print && !job_->begun) {
        auto failure = failure_of(Code::broken_promise, "the plugin made a card that it had not announced");
        failure.effect = model::Effect::unknown;
        return failure;
    }
    const bool captures = !job_->run.print && !job_->run.card;
    if (!said && captures && job_->frames == 0 && !job_->ended->readings)
        return failure_of(Code::broken_promise, "the plugin reported success without a frame or another result");
    if (said && said->code == Code::cancelled && job_->stop == Stop::none)
        return failure_of(Code::broken_promise, "the plugin reported a cancel that nobody asked for");
    if (said && said->code == Code::cancelled && job_->stop == Stop::deadline)
        return failure_of(Code::timeout, "the time of the job was over");
    return said;
}

void Loop::finish_job() {
    wire::HostFinal final;
    final.failure = verdict();
    final.frames = job_->frames;
    final.printed = job_->ended->printed;
    if (!final.failure)
        final.readings = std::move(job_->ended->readings);
    send(Type::host_final, job_->prefix, wire::encode(final));
    job_.reset();
}

void Loop::on(Checked& event) {
    if (!check_ || !check_->started || event.call != check_->id)
        return;
    if (!check_->beside)
        occupied_ = Occupied::no;
    const bool overran =
        check_->stop == Stop::deadline && event.health.failure && event.health.failure->code == Code::cancelled;
    if (overran)
        event.health.failure = failure_of(Code::timeout, "the time of the check was over");
    send(Type::host_health, check_->prefix, wire::encode(event.health));
    check_.reset();
    schedule();
}

} // namespace rekam::host
