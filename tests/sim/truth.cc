// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/truth.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace rekam::sim {
namespace {

namespace json = boost::json;

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::string(*text) : std::string();
}

const json::object* object_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value ? value->if_object() : nullptr;
}

} // namespace

std::map<std::string, int> Truth::cards() const {
    std::map<std::string, int> found;
    for (const auto& [id, job] : jobs_)
        if (const int count = hardware_.printed(id))
            found[job.case_] += count;
    return found;
}

void Truth::station_started(const Stored& stored) {
    // An end that was told and not yet durable is lost with the process; then the station says that the job failed.
    std::erase_if(outcomes_, [&](const auto& entry) {
        const KnownJob& job = jobs_.at(entry.first);
        return stored(job.principal + "\n" + job.idem).find(R"("outcome":")" + entry.second + '"') == std::string::npos;
    });
    open_.clear();
    keys_.clear();
    run_fences_.clear();
    last_job_ = 0;
    last_frame_ = 0;
}

void Truth::station_restored(const broker::State& state) {
    for (const auto& [key, ended] : state.ended) {
        require(!ended.record || (ended.record->outcome && model::is_outcome(*ended.record->outcome)),
                "every_job_ends_in_an_outcome", ended.job + " of an earlier life is open");
        if (const auto job = jobs_.find(ended.job); ended.record && job != jobs_.end())
            check_effect(job->second, *ended.record);
        if (state.open_outcomes.contains(key) && ended.record->op == "print.start")
            open_unknown_[ended.job] = key;
    }
    check_settled(state);
}

void Truth::check_settled(const broker::State& state) {
    std::erase_if(open_unknown_, [&](const auto& entry) {
        const auto& [job, key] = entry;
        const auto ended = state.ended.find(key);
        if (ended == state.ended.end() || !ended->second.record || !ended->second.record->reconciled)
            return false;
        const auto& settled = *ended->second.record->reconciled;
        require((settled.effect == model::Effect::done) == printed(job), "what_is_settled_is_true",
                job + " was settled as " + std::string(model::name(settled.effect)) + " by " + settled.by);
        return true;
    });
}

/// Core/model's table of races, told once more: who interrupted decides what may come of it.
void Truth::check_cause(const KnownJob& job, model::JobState outcome) {
    using model::EndCause;
    using model::JobState;
    bool may = true;
    switch (job.cause) {
    case EndCause::none: break;
    case EndCause::cancel: may = outcome == JobState::done || outcome == JobState::cancelled; break;
    case EndCause::deadline: may = outcome == JobState::timeout; break;
    case EndCause::refused: may = outcome == JobState::failed; break;
    default: may = outcome == JobState::cancelled;
    }
    if (job.op != "capture.start") // a card that has begun is finished, or unknown
        may = may || outcome == JobState::done || outcome == JobState::unknown;
    require(may, "the_cause_decides_the_outcome",
            job.id + " was ended for " + std::string(model::name(job.cause)) + " and is " +
                std::string(model::name(outcome)));
}

void Truth::job_accepted(const broker::State& state, const broker::Job& job) {
    KnownJob known;
    known.id = job.record.job;
    known.principal = job.principal;
    known.idem = job.record.idem;
    known.session_no = job.session;
    known.session = state.sessions.at(job.session).token;
    known.case_ = job.record.case_;
    known.slot = job.record.slot;
    known.op = job.record.op;
    known.record_first = state.slots.at(job.record.slot).config.record_first || job.print ||
                         job.record.intent == model::CardIntent::write;
    known.accepted_us = job.accepted_us;
    // A retried request must find its first job: two jobs for one key would be two prints of one card.
    require(keys_.insert(job.principal + "\n" + job.record.idem).second, "accepted_jobs_never_share_an_idem",
            known.id + " has the key " + known.idem + " of an earlier job");
    require(job.deadline_us > job.accepted_us, "a_job_has_a_deadline", known.id);
    open_[job.no] = known.id;
    jobs_[known.id] = std::move(known);
}

/// Everything was excepted: it was done at once.
void Truth::job_accepted_and_ended(const broker::State& state, broker::JobNo no) {
    const auto id = "J-" + std::to_string(state.station_epoch) + "-" + std::to_string(no);
    if (jobs_.contains(id))
        return; // it was sent, and that was seen
    const auto key = state.ended_ids.find(id);
    require(key != state.ended_ids.end(), "every_job_ends_in_an_outcome", id + " is gone without one");
    const auto& record = *state.ended.at(key->second).record;
    KnownJob known;
    known.id = id;
    known.principal = key->second.substr(0, key->second.find('\n'));
    known.op = record.op;
    known.idem = record.idem;
    known.case_ = record.case_;
    known.slot = record.slot;
    require(keys_.insert(key->second).second, "accepted_jobs_never_share_an_idem", id);
    job_vanished(state, jobs_[id] = std::move(known));
}

void Truth::job_vanished(const broker::State& state, KnownJob& job) {
    const auto ended = state.ended.find(job.principal + "\n" + job.idem);
    // No job leaves the table without an outcome that can be asked for.
    require(ended != state.ended.end() && ended->second.job == job.id && ended->second.record &&
                ended->second.record->outcome && model::is_outcome(*ended->second.record->outcome),
            "every_job_ends_in_an_outcome", job.id + " is gone without one");
    job.ended = true;
    check_cause(job, *ended->second.record->outcome);
    check_effect(job, *ended->second.record);
    if (*ended->second.record->outcome == model::JobState::unknown) {
        unknown_keys_.insert(job.principal + "\n" + job.idem);
        if (job.op == "print.start")
            open_unknown_[job.id] = job.principal + "\n" + job.idem;
    }
    outcome_seen(job.id, model::name(*ended->second.record->outcome));
    if (*ended->second.record->outcome == model::JobState::done)
        ++done_;
}

void Truth::observe(const broker::State& state) {
    alive_.clear();
    for (const auto& [no, preview] : state.previews) {
        preview_seen(state, preview);
        alive_.emplace(preview.reply_to.request, preview);
    }
    check_settled(state);
    for (auto entry = open_.begin(); entry != open_.end();)
        if (const auto job = state.jobs.find(entry->first); job != state.jobs.end()) {
            jobs_.at(entry->second).cause = job->second.cause;
            ++entry;
        } else {
            job_vanished(state, jobs_.at(entry->second));
            entry = open_.erase(entry);
        }
    while (last_job_ < state.last_job)
        if (const auto job = state.jobs.find(++last_job_); job == state.jobs.end())
            job_accepted_and_ended(state, last_job_);
        else if (!jobs_.contains(job->second.record.job))
            job_accepted(state, job->second);
    for (auto frame = state.frames.upper_bound(last_frame_); frame != state.frames.end(); ++frame)
        frames_[frame->second.record.frame] = frame->second.record.job;
    last_frame_ = state.last_frame;
}

void Truth::run_sent(const broker::State& state, const wire::Message& message, broker::ChildId host, bool durable) {
    const auto found = state.jobs.find(message.prefix.job);
    require(found != state.jobs.end(), "only_open_jobs_are_sent", "job " + std::to_string(message.prefix.job));
    const broker::Job& job = found->second;
    const broker::Slot& slot = state.slots.at(job.record.slot);
    const broker::Device& device = state.devices.at(job.device);
    require(!device.failing, "no_job_on_a_device_that_is_down", device.id);
    // A capture on another device than the slot's is the wrong picture.
    require(slot.device == job.device && device.host == host, "a_job_runs_on_the_device_of_its_slot",
            job.record.job + " goes to " + device.id);
    require(!state.holds.contains(job.record.slot), "a_held_slot_starts_no_job", job.record.job);
    auto& last_fence = run_fences_[job.record.slot];
    // Whoever answers under an older fence is a ghost of an earlier holder.
    require(message.prefix.fence >= last_fence, "fences_and_epochs_only_grow",
            job.record.job + " runs under fence " + std::to_string(message.prefix.fence) + " after " +
                std::to_string(last_fence));
    last_fence = message.prefix.fence;
    if (!jobs_.contains(job.record.job))
        job_accepted(state, job); // in the same step
    KnownJob& known = jobs_.at(job.record.job);
    require(!unknown_keys_.contains(known.principal + "\n" + known.idem), "an_unknown_is_never_sent_again", known.id);
    require(known.device.empty(), "a_job_is_sent_once", known.id);
    const bool side_effect = job.print || (job.record.intent == model::CardIntent::write && job.card->print == 0);
    require(!side_effect || (!state.drain && !state.low_power), "nothing_is_begun_while_draining", known.id);
    require(!side_effect || state.store.state != "reserve", "nothing_is_begun_on_the_reserve", known.id);
    require(!known.record_first || durable, "no_side_effect_before_its_durable_record",
            known.id + " was sent before its record was on disk");
    known.device = device.id;
}

void Truth::go_sent(const broker::State& state, const wire::Message& message, const std::string& stored) {
    const auto found = state.jobs.find(message.prefix.job);
    require(found != state.jobs.end(), "only_open_jobs_are_sent", "job " + std::to_string(message.prefix.job));
    const std::string& id = found->second.record.job;
    require(stored.find(R"("state":"sent")") != std::string::npos, "no_side_effect_before_its_durable_record",
            id + " may begin, and its record does not say so");
    require(state.store.state != "reserve", "nothing_is_begun_on_the_reserve", id);
    // The card of a case that was asked for twice, without anybody saying why.
    auto& begun = begun_in_[found->second.record.case_];
    for (const auto& earlier : begun)
        require(!printed(earlier) || found->second.record.reprint, "no_second_card_without_a_reprint",
                id + " may begin, and " + earlier + " made the card of this case");
    begun.push_back(id);
    require(begun_keys_.insert(found->second.principal + "\n" + found->second.record.idem).second,
            "no_second_card_for_one_key", id);
}

void Truth::check_effect(const KnownJob& job, const wire::Job& record) const {
    if (job.op != "print.start")
        return;
    const bool printed = hardware_.printed(job.id) > 0;
    const bool right = record.effect == model::Effect::unknown || (record.effect == model::Effect::done) == printed;
    require(right, "effects_are_true",
            job.id + " says effect " + std::string(model::name(record.effect)) +
                ", printed: " + (printed ? "yes" : "no"));
}

void Truth::outcome_seen(const std::string& job, std::string_view outcome) {
    const auto [known, fresh] = outcomes_.emplace(job, outcome);
    require(fresh || known->second == outcome, "one_outcome_per_job",
            job + " was " + known->second + " and is now " + std::string(outcome));
}

void Truth::progress_received(const Request& request, const json::object& progress, const std::vector<File>& parts) {
    require(request.progress, "progress_only_where_asked", request.op + " " + request.id);
    if (request.op == "preview.start")
        return picture_received(request, progress, parts);
    require(parts.empty(), "no_frame_to_another_request", request.op + " got a picture of a preview");
    if (request.op != "capture.start" && request.op != "print.start" && request.op != "card.open")
        return;
    const auto job = jobs_.find(text_at(progress, "job"));
    require(job != jobs_.end() && job->second.idem == request.idem && job->second.principal == request.principal,
            "answers_find_their_own_request", "progress of " + text_at(progress, "job") + " for " + request.idem);
}

void Truth::final_received(const Request& request, bool ok, const json::object& body, const std::vector<File>& parts) {
    if (!ok) {
        require(parts.empty(), "errors_carry_no_parts", request.op);
        if (request.op == "capture.start" || request.op == "print.start" || request.op == "card.open")
            capture_failed(request, body);
        return;
    }
    if (request.op == "capture.start")
        return capture_done(request, body, parts);
    if (request.op == "frame.get" && request.body.empty())
        return frame_read(request, parts);
    require(parts.empty(), "no_frame_to_another_request", request.op + " got parts");
    if (request.op == "print.start" || request.op == "card.open") {
        const auto job = jobs_.find(text_at(body, "job"));
        require(job != jobs_.end() && job->second.idem == request.idem && job->second.principal == request.principal &&
                    text_at(body, "case") == request.case_,
                "answers_find_their_own_request", request.op + " " + json::serialize(body));
        if (request.op == "print.start")
            outcome_seen(job->second.id, "done");
    }
    if (request.op == "job.get") {
        const auto* job = object_at(body, "job");
        require(job != nullptr, "answers_find_their_own_request", "a job.get without job");
        require(request.job == text_at(*job, "job") || request.job == "idem:" + text_at(*job, "idem"),
                "answers_find_their_own_request", "asked for " + request.job + ", got " + json::serialize(*job));
        if (const auto outcome = text_at(*job, "outcome"); !outcome.empty())
            outcome_seen(text_at(*job, "job"), outcome);
        if (const auto known = jobs_.find(text_at(*job, "job")); known != jobs_.end())
            check_readings(request, known->second, *job);
    }
}

void Truth::capture_failed(const Request& request, const json::object& error) {
    const auto id = text_at(error, "job");
    const auto job = jobs_.find(id);
    const auto code = text_at(error, "code");
    const bool of_another =
        code == "reprint-needed" || code == "reconcile-first" || code == "busy"; // it names that one
    if (job == jobs_.end() || code == "idem-conflict" || (of_another && job->second.idem != request.idem))
        return; // refused: there was no job
    require(job->second.idem == request.idem && job->second.principal == request.principal,
            "answers_find_their_own_request", "the end of " + id + " for " + request.idem);
    const auto known = outcomes_.find(id);
    require(known == outcomes_.end() || known->second != "done", "one_outcome_per_job",
            id + " is done and its client was told " + text_at(error, "code"));
}

void Truth::check_part(const Request& request, const KnownJob& job, const File& file) const {
    // A frame belongs to the session that asked for it, and to no one else.
    require(job.session == request.session, "no_frame_to_another_session",
            "bytes of " + job.id + " went to the session of " + request.op + " " + request.id);
    if (!file.honest)
        return; // a lying plugin can deliver anything; it cannot deliver it to others
    require(file.made_for == job.id, "frames_were_made_for_that_very_job",
            "a frame made in " + file.made_for + " was delivered for " + job.id);
    require(file.device == job.device, "frames_come_from_the_device_of_the_slot", file.device + " for " + job.id);
    require(file.exposed_us >= job.accepted_us, "frames_are_exposed_after_acceptance",
            job.id + " was accepted " + std::to_string(job.accepted_us - file.exposed_us) + " us after the exposure");
}

/// What a pad wrote for one person's job must reach that session and that job only, and only where the job is done.
void Truth::check_readings(const Request& request, const KnownJob& job, const json::object& record) const {
    const auto* readings = object_at(record, "readings");
    if (!readings)
        return;
    require(job.session == request.session, "no_readings_to_another_session",
            "readings of " + job.id + " went to the session of " + request.op + " " + request.id);
    require(text_at(record, "outcome") == "done", "readings_belong_to_jobs_that_are_done", job.id);
    const auto* samples = object_at(*readings, "samples");
    require(samples != nullptr, "readings_were_made_for_that_very_job", job.id);
    const auto made_for = samples->at("losses").to_number<std::int64_t>();
    require(made_for == 0 || std::to_string(made_for) == job.id.substr(job.id.rfind('-') + 1), // 0: a liar's
            "readings_were_made_for_that_very_job", job.id + " got those of job " + std::to_string(made_for));
}

void Truth::capture_done(const Request& request, const json::object& result, const std::vector<File>& parts) {
    const auto id = text_at(result, "job");
    const auto job = jobs_.find(id);
    require(job != jobs_.end(), "answers_find_their_own_request", "a capture of the unknown job " + id);
    require(job->second.idem == request.idem && job->second.principal == request.principal,
            "answers_find_their_own_request", "the result of " + id + " for " + request.idem);
    outcome_seen(id, "done");
    // The photo on the wrong person: the client believes that this picture is of the person before it.
    require(text_at(result, "case") == request.case_, "no_frame_to_another_case",
            "a capture for case " + request.case_ + " was answered with one of " + text_at(result, "case"));
    require(text_at(result, "slot") == request.slot, "answers_find_their_own_request", "another slot's capture");
    for (const auto& frame : result.at("frames").as_array()) {
        const auto& record = frame.as_object();
        require(text_at(record, "job") == id && text_at(record, "case") == request.case_, "no_frame_to_another_case",
                json::serialize(record));
        require(record.at("exposure").as_object().at("mono_us").to_number<std::int64_t>() >= job->second.accepted_us,
                "frames_are_exposed_after_acceptance", id);
    }
    check_readings(request, job->second, result);
    for (const auto& file : parts)
        check_part(request, job->second, file);
}

void Truth::frame_read(const Request& request, const std::vector<File>& parts) {
    require(parts.size() == 1, "answers_find_their_own_request", "frame.get has one part");
    const auto frame = frames_.find(request.frame);
    require(frame != frames_.end(), "answers_find_their_own_request", "an unknown frame " + request.frame);
    check_part(request, jobs_.at(frame->second), parts.front());
}

} // namespace rekam::sim
