// SPDX-License-Identifier: Apache-2.0
// capture.start: every reason to refuse it, in the order that the protocol promises, and the job it becomes.
#include "core/broker/cases.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/leases.h"
#include "core/broker/prints.h"
#include "core/broker/refusals.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::make_error;
using MaybeError = std::optional<model::Error>;

std::string body_of(const Asked& asked) {
    std::vector<std::string> hashes;
    for (const auto& part : asked.attachments)
        hashes.push_back(part.hash);
    return wire::body_hash(asked.request, hashes);
}

/// What makes a repeated request the same one: operation and parameters, the person, and the lease.
std::string identity_of(const Asked& asked, const std::string& case_id) {
    return body_of(asked) + " " + case_id + " " + asked.request.envelope.lease->value;
}

/// A program that uses one key for everybody must not get the last person's picture: a lease that is valid now has to
/// be for the case of the first request. One that is over is good only where it was the lease of the first request.
bool repeats(const State& s, const Asked& asked, const std::string& identity) {
    const auto& envelope = asked.request.envelope;
    const auto lease = s.leases.find(lease_no(s, *envelope.lease));
    const bool valid = lease != s.leases.end() && lease->second.session == asked.session &&
                       lease->second.state == model::LeaseState::held;
    if (valid)
        return identity.starts_with(body_of(asked) + " " + lease->second.case_ + " ");
    const auto first = identity.find(' '), second = identity.find(' ', first + 1);
    return second != std::string::npos &&
           identity == identity_of(asked, identity.substr(first + 1, second - first - 1));
}

model::Error conflict(const std::string& job) {
    auto error = make_error(Code::idem_conflict,
                            "this idem was used for " + job +
                                ", another request (other parameters, case or lease); make a new key",
                            "idem");
    error.job = job;
    return error;
}

/// One more that waits for the job; it hears at once what the others know.
void join(Step& step, Job& job, const ReplyTo& to) {
    job.reply_to.push_back(to);
    step.progress(to, progress_of(job));
}

/// Whether the key was used before: then the old answer is given again, now or when the job ends.
bool replayed(Step& step, const Asked& asked) {
    State& s = step.s;
    const std::string key = s.sessions.at(asked.session).principal + "\n" + asked.request.envelope.idem->value;
    if (const auto open = s.open_keys.find(key); open != s.open_keys.end()) {
        Job& job = s.jobs.at(open->second);
        if (!repeats(s, asked, job.identity))
            step.reply(asked.reply_to, conflict(job.record.job));
        else if (job.card && job.card->open)
            step.reply(asked.reply_to, result_of(job_view(step, job)));
        else if (job.reply_to.size() >= 4)
            step.reply(asked.reply_to,
                       make_error(Code::too_many, "four requests wait for this job already; use job.get"));
        else
            join(step, job, asked.reply_to);
        return true;
    }
    const auto ended = s.ended.find(key);
    if (ended == s.ended.end())
        return false;
    if (!repeats(s, asked, ended->second.identity)) {
        step.reply(asked.reply_to, conflict(ended->second.job));
    } else {
        const StoreToken token = ++s.last_token;
        s.lookups[token].push_back({asked.reply_to, asked.request.op});
        s.lookup_keys[token] = key;
        if (ended->second.record)
            found(step, {token, std::nullopt}); // memory still has it
        else
            step.out.push_back(Lookup{"job", key, token});
    }
    return true;
}

MaybeError check_epoch(const Step& step, const Asked& asked) {
    if (*asked.request.envelope.station_epoch == step.s.station_epoch)
        return std::nullopt;
    const std::int64_t given = *asked.request.envelope.station_epoch;
    auto error = make_error(Code::stale_epoch,
                            "station_epoch is " + std::to_string(given) +
                                (given < step.s.station_epoch ? ", and the station has restarted since"
                                                              : ", which this station has not reached") +
                                ": say hello, and ask again with the one that it answers",
                            "station_epoch");
    error.station_epoch = step.s.station_epoch;
    return error;
}

} // namespace

bool begins_job(Step& step, const Asked& asked) {
    auto error = wire::check_job_envelope(asked.request.envelope);
    if (!error && replayed(step, asked))
        return false;
    if (!error)
        error = check_epoch(step, asked);
    if (error)
        step.reply(asked.reply_to, *error);
    return !error;
}

namespace {

/// Printers and readers of cards have operations of their own.
MaybeError check_function(const wire::SlotName& slot, model::Function function) {
    const bool prints = function == model::Function::card_printer;
    if (!prints && function != model::Function::card_reader)
        return std::nullopt;
    return make_error(Code::out_of_range,
                      "params.slot: slot " + slot.value + " is a " + std::string(model::name(function)) +
                          ", which captures nothing; call " + (prints ? "print.start" : "card.open"),
                      "params.slot");
}

MaybeError check_subject(const wire::CaptureParams& params, model::Function function) {
    const std::string& subject = params.subject.value;
    if (!model::is_subject(subject) || !model::subject_fits(function, subject)) {
        std::string choice;
        for (const auto one : model::subjects())
            if (model::subject_fits(function, one))
                choice += (choice.empty() ? "" : ", ") + std::string(one);
        return make_error(Code::out_of_range,
                          "params.subject is " + subject + ", which slot " + params.slot.value +
                              " does not capture; choose of " + choice + ", or another slot",
                          "params.subject");
    }
    if (!params.exceptions)
        return std::nullopt;
    const auto parts = model::subject_parts(params.subject.value);
    std::vector<std::string> seen;
    for (std::size_t i = 0; i < params.exceptions->items.size(); ++i) {
        const std::string& part = params.exceptions->items[i].subject;
        const std::string path = "params.exceptions[" + std::to_string(i) + "].subject";
        if (std::ranges::find(parts, part) == parts.end())
            return make_error(Code::out_of_range,
                              path + ": " + part + " is no part of " + params.subject.value + "; name its parts only",
                              path);
        if (std::ranges::find(seen, part) != seen.end())
            return make_error(Code::out_of_range, path + ": " + part + " is excepted twice; name it once", path);
        seen.push_back(part);
    }
    return std::nullopt;
}

MaybeError check_names(const boost::json::object& params, model::Function function) {
    for (const auto& param : params)
        if (!wire::has_parameter(function, param.key())) {
            const std::string path = "params." + std::string(param.key());
            return make_error(Code::unsupported_parameter,
                              path + " is not a parameter of function " + std::string(model::name(function)) +
                                  "; leave it out",
                              path);
        }
    return std::nullopt;
}

MaybeError check_case(const Step& step, const Lease& lease, const wire::CaptureParams& params) {
    const auto& kept = step.s.cases.at(lease.case_);
    if (kept.phase != model::CasePhase::open)
        return case_closed(lease.case_);
    const auto attempts = kept.attempts.find(params.subject.value);
    const std::int64_t attempt = attempts == kept.attempts.end() ? 1 : attempts->second + 1;
    if (params.max_attempts && attempt > params.max_attempts->value)
        return make_error(Code::too_many,
                          "this would be attempt " + std::to_string(attempt) + " at " + params.subject.value +
                              ", params.max_attempts allows " + std::to_string(params.max_attempts->value) +
                              "; raise it, or except the subject",
                          "params.max_attempts");
    if (std::ssize(kept.record.captures) >= step.s.config.quotas.captures_per_case)
        return make_error(Code::too_many,
                          "the case has as many captures as a case may have; close it and open another");
    return std::nullopt;
}

std::vector<std::string> parts_left(const wire::CaptureParams& params) {
    std::vector<std::string> left;
    for (const auto part : model::subject_parts(params.subject.value)) {
        const bool excepted = params.exceptions && std::ranges::any_of(params.exceptions->items, [&](const auto& item) {
                                  return item.subject.value == part;
                              });
        if (!excepted)
            left.emplace_back(part);
    }
    return left;
}

} // namespace

MaybeError check_device(const Step& step, const Slot& slot, const Asked& asked) {
    if (auto trouble = slot_trouble(step, slot))
        return trouble;
    // What goes to the host is this, the slot's own parameters and a little more, and has to fit one message.
    if (boost::json::serialize(asked.request.raw).size() > wire::max_json_bytes - 2'048)
        return make_error(Code::too_large, "params are too large for a device; shorten the vendor's keys", "params");
    const Device& device = step.s.devices.at(slot.device);
    const auto waiting = jobs_on(step.s, device.no);
    if (waiting >= step.s.config.quotas.jobs_per_device) {
        auto error = make_error(Code::busy, std::to_string(waiting) + " jobs wait for the device of slot " +
                                                slot.config.name + ", as many as may; try again later");
        error.slot = slot.config.name;
        error.position = waiting;
        error.retry_ms = 1'000;
        return error;
    }
    const auto capabilities = device.capabilities.find(slot.config.function);
    return capabilities == device.capabilities.end() ? std::nullopt : capabilities->second.check(asked.request.raw);
}

Job new_job(Step& step, const Asked& asked, const Slot& slot, const Lease& lease) {
    State& s = step.s;
    const auto& envelope = asked.request.envelope;
    const Session& session = s.sessions.at(asked.session);
    Job job;
    job.no = ++s.last_job;
    job.session = asked.session;
    job.lease = lease.no;
    job.device = slot.device;
    job.fence = slot.fence;
    job.function = slot.config.function;
    job.principal = session.principal;
    job.identity = identity_of(asked, lease.case_);
    job.raw_params = asked.request.raw;
    job.accepted_us = step.now.mono_us;
    job.deadline_us = step.in_ms(*envelope.deadline_ms);
    job.reply_to.push_back(asked.reply_to);
    wire::Job& record = job.record;
    record.job = job_id(s, job.no);
    record.op = envelope.op;
    record.slot = slot.config.name;
    if (const auto device = s.devices.find(slot.device); device != s.devices.end())
        record.device = device->second.id;
    record.case_ = lease.case_;
    record.client = session.client;
    record.operator_ = session.operator_;
    record.idem = envelope.idem->value;
    record.accepted_at = step.time();
    return job;
}

namespace {

Job make_job(Step& step, const Asked& asked, const Slot& slot, const Lease& lease) {
    Job job = new_job(step, asked, slot, lease);
    job.params = std::get<wire::CaptureParams>(asked.request.params);
    job.parts = parts_left(job.params);
    job.record.subject = job.params.subject.value;
    if (job.params.exceptions && !job.params.exceptions->items.empty()) {
        job.record.excepted.emplace();
        for (const auto& item : job.params.exceptions->items)
            job.record.excepted->push_back({item.subject.value, item.reason});
    }
    return job;
}

void enter_case(Step& step, Job& job) {
    Case& kept = step.s.cases.at(job.record.case_);
    job.record.attempt = ++kept.attempts[*job.record.subject];
    kept.record.captures.push_back(
        {job.record.job, job.record.slot, *job.record.subject, *job.record.attempt, {}, {}, {}});
    step.save_case_soon(kept.record.case_);
}

} // namespace

void accept(Step& step, Job job, bool record_first) {
    State& s = step.s;
    const JobNo no = job.no;
    const std::string key = job.principal + "\n" + job.record.idem;
    s.open_keys[key] = no;
    s.timers.arm({Timer::Kind::job_deadline, no}, job.deadline_us);
    step.save_job_soon(key); // what has to be durable before it begins waits for it: recording_now
    journal_intent(step, job);
    Job& kept = s.jobs.emplace(no, std::move(job)).first->second;
    const std::string subject = "job " + kept.record.job;
    tell_state(step, kept);
    if (kept.parts.empty() && !kept.print &&
        !kept.card) // everything excepted: done without a frame, and no device is asked
        return end_job(step, no, model::HostEnd::done, std::nullopt);
    if (record_first) {
        advance(step, subject, kept.phase, model::JobEvent::record);
        s.recording_now.push_back(no);
        return;
    }
    enqueue(step, kept);
}

std::int64_t next_fence(State& s) { return (s.station_epoch << 24) + static_cast<std::int64_t>(++s.last_slot_fence); }

void capture_start(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& envelope = asked.request.envelope;
    const auto& params = std::get<wire::CaptureParams>(asked.request.params);
    const auto refuse = [&](const model::Error& error) { step.reply(asked.reply_to, error); };
    if (!begins_job(step, asked))
        return;
    const auto slot = s.slots.find(params.slot.value);
    if (slot == s.slots.end())
        return refuse(unknown_slot(params.slot));
    const auto lease = lease_for(step, *envelope.lease, asked.session, params.slot);
    if (!lease)
        return refuse(lease.error());
    const auto function = slot->second.config.function;
    auto error = check_case(step, **lease, params);
    if (!error)
        error = check_function(params.slot, function);
    if (!error)
        error = check_subject(params, function);
    if (!error)
        error = check_names(asked.request.raw, function);
    if (!error && s.stopping != Stopping::no)
        error = make_error(Code::shutting_down, "the station is stopping; try again when it is back");
    const bool needs_device = !parts_left(params).empty();
    if (!error && needs_device)
        error = check_device(step, slot->second, asked);
    if (error)
        return refuse(*error);
    Job job = make_job(step, asked, slot->second, **lease);
    enter_case(step, job);
    accept(step, std::move(job), slot->second.config.record_first && needs_device);
}

} // namespace rekam::broker
