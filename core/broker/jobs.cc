// SPDX-License-Identifier: Apache-2.0
// How jobs get to a device, are interrupted, and end.
#include "core/broker/jobs.h"

#include "core/broker/cards.h"
#include "core/broker/cases.h"
#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/fallbacks.h"
#include "core/broker/frames.h"
#include "core/broker/health.h"
#include "core/broker/holds.h"
#include "core/broker/journal.h"
#include "core/broker/ledger.h"
#include "core/broker/prints.h"
#include "core/broker/readings.h"
#include "core/broker/required_readings.h"
#include "core/broker/self_checks.h"
#include "core/broker/slot_defaults.h"
#include "core/broker/statistics.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::EndCause;
using model::HostEnd;
using model::JobEvent;
using model::JobPhase;
using model::make_error;

std::string subject_of(const Job& job) { return "job " + job.record.job; }

std::string_view why(EndCause cause) {
    switch (cause) {
    case EndCause::lease_lost: return "its lease ended; acquire another and capture again";
    case EndCause::case_closed: return "its case was closed; what is still wanted needs a new one";
    case EndCause::session_ended: return "its session ended; say hello and capture again";
    case EndCause::rebound: return "its slot was bound to another device; capture again";
    case EndCause::stopping: return "the station is stopping; capture again when it is back";
    default: return "it was cancelled on request; capture again if it is still wanted";
    }
}

model::Error error_of(const Job& job, model::JobState outcome, std::optional<model::Error> given) {
    model::Error error;
    switch (outcome) {
    case model::JobState::cancelled:
        error = make_error(Code::cancelled, std::string("the job was cancelled: ") + std::string(why(job.cause)));
        break;
    case model::JobState::timeout:
        error = make_error(Code::timeout, "the deadline passed before it was complete; try again with more time");
        break;
    default:
        error = job.refusal
                    ? *job.refusal
                    : with_remedy(given.value_or(make_error(Code::internal, "the job failed and gave no reason")));
    }
    if (outcome == model::JobState::unknown)
        error.effect = model::Effect::unknown;
    error.job = job.record.job;
    error.slot = job.record.slot;
    error.device = job.record.device;
    return error;
}

/// Frames may be attached when all of them fit and none was released yet; the client reads them from the parts, in
/// order.
bool attaches(const State& s, const Job& job) {
    std::int64_t bytes = 0;
    for (const auto& frame : job.taken)
        bytes += frame.bytes;
    return job.params.attach.value_or(false) && !job.frames.empty() && bytes <= s.config.limits.attach_bytes &&
           job.frames.size() <= wire::max_descriptors &&
           std::ranges::all_of(job.frames, [&](const FrameNo no) { return s.frames.contains(no); });
}

void reply_done(Step& step, const Job& job) {
    if (job.print || job.card) {
        for (const auto& to : job.reply_to)
            step.reply(to, result_of(job.record));
        return;
    }
    wire::CaptureResult result;
    result.job = job.record.job;
    result.case_ = job.record.case_;
    result.slot = job.record.slot;
    result.subject = *job.record.subject;
    result.attempt = *job.record.attempt;
    if (job.record.frames)
        result.frames = *job.record.frames;
    result.excepted = job.record.excepted;
    result.fingers = job.record.fingers;
    result.readings_expired = job.record.readings_expired;
    const bool attached = attaches(step.s, job);
    // The same principal may ask under the same key in another session; the frames stay with the first one's.
    for (const auto& to : job.reply_to)
        if (to.session != job.session)
            step.reply(to, wire::encode(result));
    if (job.readings) {
        result.readings = job.readings;
        result.readings_expired.reset();
    }
    for (const auto& to : job.reply_to)
        if (!attached && to.session == job.session)
            step.reply(to, wire::encode(result));
    if (!attached)
        return;
    std::vector<wire::Descriptor> descriptors;
    wire::Parts parts;
    for (std::size_t i = 0; i < job.frames.size(); ++i) {
        const Frame& frame = step.s.frames.at(job.frames[i]);
        descriptors.push_back(frame.descriptor);
        parts.parts.push_back({0, frame.record.bytes});
        result.frames[i].part = static_cast<std::int64_t>(i);
    }
    for (const auto& to : job.reply_to)
        if (to.session == job.session)
            step.reply_parts(to, wire::encode(result), descriptors, parts);
}

/// Remembers the end, so that the same key gets the same answer.
void remember(Step& step, const Job& job) {
    State& s = step.s;
    const std::string key = job.principal + "\n" + job.record.idem;
    s.open_keys.erase(key);
    s.ended[key] = {job.identity, job.record.job, job.record,
                    job.print ? std::optional(card_facts(job.record)) : std::nullopt};
    s.ended_ids[job.record.job] = key;
    s.ended_by_age.emplace(step.now.utc_us, key);
    keep_for_a_while(step, key, job.record);
    if (is_side_effect(job.record))
        step.save("job", key, job_row(job));
    else
        step.save_soon("job", key, job_row(job));
    forget_surplus(step);
}

void leave_device(Step& step, const Job& job) {
    const auto found = step.s.devices.find(job.device);
    if (found == step.s.devices.end())
        return;
    Device& device = found->second;
    std::erase(device.queue, job.no);
    if (device.running != job.no)
        return;
    device.running = 0;
    count_busy(step, device, step.now.mono_us - device.running_since_us);
    advance(step, "device " + device.id, device.state, model::DeviceEvent::end);
    still_degraded(step, device);
    touch_device(step, device.no);
}

void start_on(Step& step, Device& device, Job& job) {
    advance(step, "device " + device.id, device.state, model::DeviceEvent::begin);
    touch_device(step, device.no);
    device.running = job.no;
    device.running_since_us = step.now.mono_us;
    give_to_host(step, device, job);
}

void tell_positions(Step& step, const Device& device) {
    std::int64_t position = 0;
    for (const auto no : device.queue) {
        const Job& job = step.s.jobs.at(no);
        wire::JobProgress progress;
        progress.job = job.record.job;
        progress.state = model::JobState::waiting;
        progress.position = ++position;
        for (const auto& to : job.reply_to)
            step.progress(to, wire::encode(progress));
    }
}

} // namespace

void give_to_host(Step& step, Device& device, Job& job) {
    advance(step, subject_of(job), job.phase, JobEvent::run);
    job.fence = step.s.slots.at(job.record.slot).fence;
    const SlotConfig& slot = step.s.slots.at(job.record.slot).config;
    const bool adds = slot.defaults && !job.print && !job.card;
    std::string params =
        adds ? boost::json::serialize(with_defaults(slot, device.capabilities.at(job.function), job.raw_params))
             : boost::json::serialize(job.raw_params);
    wire::HostRun run{
        job.function, *job.record.subject, job.parts, job.accepted_us, wire::RawJson{std::move(params)}, {}, {}};
    auto descriptors = fill_run(step.s, job, run);
    wire::Prefix prefix = prefix_to(device);
    prefix.type = wire::Type::host_run;
    prefix.job = job.no;
    prefix.fence = static_cast<std::uint64_t>(job.fence);
    // No deadline goes along: the broker alone keeps it and interrupts, as job.extend may move it.
    step.out.push_back(Send{device.host, {prefix, wire::encode(run), {}, std::move(descriptors)}});
    drop_pictures(step, job);
    tell_state(step, job);
}

void enqueue(Step& step, Job& job) {
    advance(step, subject_of(job), job.phase, JobEvent::enqueue);
    if (is_at_own_chip(step.s, job))
        return start_at_chip(step, job);
    Device& device = step.s.devices.at(job.device);
    device.queue.push_back(job.no);
    dispatch(step, device);
}

std::string progress_of(const Job& job) {
    wire::JobProgress progress;
    progress.job = job.record.job;
    progress.state = model::shown(job.phase);
    return wire::encode(progress);
}

void tell_state(Step& step, const Job& job) {
    for (const auto& to : job.reply_to)
        step.progress(to, progress_of(job));
}

std::ptrdiff_t jobs_on(const State& s, DeviceNo device) {
    return std::ranges::count_if(s.jobs, [&](const auto& entry) { return entry.second.device == device; });
}

void dispatch(Step& step, Device& device) {
    const bool can = takes_calls(step.s, device) &&
                     (device.state == model::DeviceState::ready || device.state == model::DeviceState::degraded) &&
                     device.running == 0 && !device.failing && (!device.check || device.health_beside_job) &&
                     !plugin_is_enumerating(step, device);
    const auto next = first_in_service(step.s, device);
    const bool reports = can && !device.queue.empty() && report_first(step, device);
    if (can && !reports && next != device.queue.end()) {
        Job& job = step.s.jobs.at(*next);
        device.queue.erase(next);
        const auto capabilities = device.capabilities.find(job.function);
        if (capabilities == device.capabilities.end())
            return end_job(step, job.no, HostEnd::failed,
                           make_error(Code::not_covered, "the device does not have the slot's function"));
        auto error = capabilities->second.check(job.raw_params);
        if (!error)
            error = run_trouble(step.s, job);
        if (!error) {
            error = readings_trouble(step.s.slots.at(job.record.slot), device);
            if (error)
                journal_refused(step, job, device);
        }
        if (error)
            return end_job(step, job.no, HostEnd::failed, std::move(error));
        start_on(step, device, job);
    }
    tell_positions(step, device);
}

void interrupt_job(Step& step, JobNo no, EndCause cause) {
    const auto found = step.s.jobs.find(no);
    if (found == step.s.jobs.end())
        return;
    Job& job = found->second;
    if (defers_interrupt(step, job, cause))
        return;
    if (job.phase == JobPhase::interrupting) {
        // What forbids delivery outranks a wish: a cancelled capture that completes is `done`, one without lease is
        // not.
        if (job.cause == EndCause::cancel && cause != EndCause::deadline)
            job.cause = cause;
        return;
    }
    job.cause = cause;
    if (job.phase != JobPhase::running)
        return end_job(step, no, HostEnd::died, std::nullopt);
    advance(step, subject_of(job), job.phase, JobEvent::interrupt);
    step.s.timers.disarm({Timer::Kind::job_deadline, no});
    step.s.timers.arm({Timer::Kind::job_grace, no}, step.in_ms(step.s.config.supervision.interrupt_ms_max));
    const Device& device = step.s.devices.at(job.device);
    wire::Prefix prefix = prefix_to(device);
    prefix.job = no;
    prefix.fence = static_cast<std::uint64_t>(job.fence);
    step.send(device.host, wire::Type::host_interrupt, {}, prefix);
}

void forget_replies(Step& step) {
    for (auto& [no, job] : step.s.jobs) {
        job.reply_to.clear();
        if (job.card)
            job.card->asked.clear(); // those of card.close stay: they say that it was asked for
    }
}

void job_died(Step& step, Device& device, const model::Error& error) {
    if (device.running != 0)
        end_job(step, device.running, HostEnd::died, error);
}

void fail_queue(Step& step, Device& device, const model::Error& error) {
    leave_device_behind(step, device);
    for (const auto no : std::deque(device.queue))
        end_job(step, no, HostEnd::failed, error);
}

void end_job(Step& step, JobNo no, HostEnd end, std::optional<model::Error> error) {
    State& s = step.s;
    const auto found = s.jobs.find(no);
    const bool begun = found != s.jobs.end() && has_begun(found->second);
    if (found == s.jobs.end() || !advance(step, subject_of(found->second), found->second.phase, JobEvent::end))
        return;
    Job job = std::move(found->second);
    s.timers.disarm({Timer::Kind::job_deadline, no});
    s.timers.disarm({Timer::Kind::job_grace, no});
    const auto outcome = model::outcome(job.cause, end, has_side_effect(job));
    job.record.state = outcome;
    job.record.outcome = outcome;
    job.record.ended_at = step.time();
    if (!job.fingers.empty())
        job.record.fingers = job.fingers;
    // Pages of a failed scan stay readable: they are this person's, and nothing that was captured is lost.
    const bool keeps = outcome == model::JobState::done || (outcome == model::JobState::failed && !job.refusal &&
                                                            job.function == model::Function::document);
    if (!keeps)
        drop_frames_of_job(step, job);
    else if (!job.taken.empty())
        job.record.frames = job.taken;
    if (outcome == model::JobState::done && job.readings)
        job.record.readings_expired = true; // for whoever asks when they are gone; see with_readings
    if (outcome != model::JobState::done) {
        drop_readings(step, job.record.job);
        job.record.error = error_of(job, outcome, error);
        job.record.effect = job.record.error->effect;
    }
    note_effect(job, error);
    book_blank(step, job.record, job.principal + "\n" + job.record.idem);
    drop_pictures(step, job);
    if (const auto device = s.devices.find(job.device); device != s.devices.end() && begun)
        count_job(step, device->second, job.record);
    s.jobs.erase(found);
    remember(step, job);
    journal_end(step, job.record, HowEnded::seen);
    if (outcome == model::JobState::done)
        reply_done(step, job);
    else
        for (const auto& to : job.reply_to)
            step.reply(to, *job.record.error);
    side_effect_over(step, job);
    leave_device(step, job);
    case_job_ended(step, job);
    if (const auto device = s.devices.find(job.device); device != s.devices.end())
        after_job(step, device->second);
}

} // namespace rekam::broker
