// SPDX-License-Identifier: Apache-2.0
// Asking about jobs, and the memory of those that ended.
#include "core/broker/jobs.h"

#include "core/broker/backlog.h"
#include "core/broker/cases.h"
#include "core/broker/drain.h"
#include "core/broker/frames.h"
#include "core/broker/journal.h"
#include "core/broker/ledger.h"
#include "core/broker/pages.h"
#include "core/broker/prints.h"
#include "core/broker/readings.h"
#include "core/broker/reconcile.h"
#include "core/broker/refusals.h"
#include "core/broker/store_state.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::make_error;

model::Error unknown_idem(const std::string& idem) {
    return make_error(Code::unknown_job,
                      "no request with the idem " + idem + " was received; send it again with the same idem",
                      "params.idem");
}

Job* find_open(Step& step, const Asked& asked, const std::string& id) {
    const auto& principal = step.s.sessions.at(asked.session).principal;
    const auto found = std::ranges::find_if(step.s.jobs, [&](const auto& entry) {
        return entry.second.record.job == id && entry.second.principal == principal;
    });
    return found == step.s.jobs.end() ? nullptr : &found->second;
}

/// The key under which an ended job of the principal is remembered.
std::optional<std::string> ended_key(const Step& step, const Asked& asked, const std::string& id) {
    const auto found = step.s.ended_ids.find(id);
    const auto& principal = step.s.sessions.at(asked.session).principal;
    if (found == step.s.ended_ids.end() || !found->second.starts_with(principal + "\n"))
        return std::nullopt;
    return found->second;
}

void reply_as_before(Step& step, const ReplyTo& to, const wire::Job& job) {
    if (job.outcome != model::JobState::done)
        return step.reply(
            to, job.error.value_or(with_remedy(make_error(Code::internal, "the job ended without a recorded reason"))));
    if (is_side_effect(job))
        return step.reply(to, result_of(job));
    wire::CaptureResult result;
    result.job = job.job;
    result.case_ = job.case_;
    result.slot = job.slot;
    result.subject = job.subject.value_or("");
    result.attempt = job.attempt.value_or(1);
    result.excepted = job.excepted;
    result.fingers = job.fingers;
    result.readings = job.readings;
    result.readings_expired = job.readings_expired;
    if (job.frames)
        result.frames = *job.frames;
    step.reply(to, wire::encode(result));
}

void reply_closed(Step& step, const ReplyTo& to, const wire::Job& job) {
    if (job.op != "card.open")
        return step.reply(to, make_error(Code::unknown_job, "this job is no exchange with a card", "params.job"));
    if (job.outcome != model::JobState::done)
        return step.reply(to,
                          job.error.value_or(make_error(Code::internal, "the job ended without a recorded reason")));
    step.reply(to, wire::encode(wire::CardClosed{job.job, *job.outcome, job.effect, job.exchanges.value_or(0)}));
}

void look_up(Step& step, const Asked& asked, const std::string& key, wire::Op op) {
    const StoreToken token = ++step.s.last_token;
    step.s.lookups[token].push_back({asked.reply_to, op});
    step.s.lookup_keys[token] = key;
    if (step.s.ended.at(key).record)
        found(step, {token, std::nullopt}); // memory still has it
    else
        step.out.push_back(Lookup{"job", key, token});
}

} // namespace

void job_get(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::JobGetParams>(asked.request.params);
    if (params.job.has_value() == params.idem.has_value())
        return step.reply(
            asked.reply_to,
            make_error(Code::bad_request, "params needs either job or idem: send exactly one of them", "params"));
    const State& s = step.s;
    const std::string key = s.sessions.at(asked.session).principal + "\n" + (params.idem ? params.idem->value : "");
    if (params.idem) {
        if (const auto open = s.open_keys.find(key); open != s.open_keys.end())
            return step.reply(asked.reply_to, wire::encode(wire::JobResult{job_view(step, s.jobs.at(open->second))}));
        return s.ended.contains(key) ? look_up(step, asked, key, wire::Op::job_get)
                                     : step.reply(asked.reply_to, unknown_idem(params.idem->value));
    }
    if (const Job* open = find_open(step, asked, params.job->value))
        return step.reply(asked.reply_to, wire::encode(wire::JobResult{job_view(step, *open)}));
    const auto ended = ended_key(step, asked, params.job->value);
    return ended ? look_up(step, asked, *ended, wire::Op::job_get)
                 : step.reply(asked.reply_to, unknown_job(params.job->value));
}

void job_list(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::JobListParams>(asked.request.params);
    const auto& principal = step.s.sessions.at(asked.session).principal;
    const auto wanted = [&](const wire::Job& job) {
        return (!params.unsettled || *params.unsettled == is_open_outcome(job)) &&
               (!params.case_ || job.case_ == params.case_->value) &&
               (!params.slot || job.slot == params.slot->value) && (!params.state || job.state == *params.state);
    };
    // Newest first would need a cursor that moves; ids grow, so pages go from old to new by padded number.
    std::map<std::string, wire::Job> all;
    const auto key_of = [](const std::string& id) {
        const auto number = id.substr(id.find('-') + 1);
        const auto dash = number.find('-');
        const auto pad = [](const std::string& digits) {
            return std::string(digits.size() < 12 ? 12 - digits.size() : 0, '0') + digits;
        };
        return pad(number.substr(0, dash)) + pad(dash == std::string::npos ? "" : number.substr(dash + 1));
    };
    for (const auto& [no, job] : step.s.jobs)
        if (job.principal == principal && wanted(job_view(step, job)))
            all.emplace(key_of(job.record.job), job_view(step, job));
    for (const auto& [key, ended] : step.s.ended)
        if (ended.record && (key.starts_with(principal + "\n") || params.unsettled.value_or(false)) &&
            wanted(*ended.record))
            all.emplace(key_of(ended.job), *ended.record);
    Page<wire::Job> page(params.cursor, params.limit);
    for (auto& [key, job] : all) {
        const std::size_t bytes = (is_side_effect(job) ? 2'500 : 700) + (job.frames ? job.frames->size() * 800 : 0);
        if (!page.add(key, std::move(job), bytes))
            break;
    }
    step.reply(asked.reply_to, wire::encode(wire::JobList{std::move(page.items), page.next}));
}

void job_cancel(Step& step, const Asked& asked) {
    const std::string id = std::get<wire::JobCancelParams>(asked.request.params).job;
    if (const Job* open = find_open(step, asked, id)) {
        const JobNo no = open->no;
        interrupt_job(step, no, model::EndCause::cancel);
        const auto still = step.s.jobs.find(no);
        const auto state = still == step.s.jobs.end() ? model::JobState::cancelled : model::shown(still->second.phase);
        return step.reply(asked.reply_to, wire::encode(wire::JobCancelled{id, state}));
    }
    const auto key = ended_key(step, asked, id);
    return key ? look_up(step, asked, *key, wire::Op::job_cancel) : step.reply(asked.reply_to, unknown_job(id));
}

void job_extend(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::JobExtendParams>(asked.request.params);
    Job* open = find_open(step, asked, params.job);
    if (!open && ended_key(step, asked, params.job))
        return step.reply(asked.reply_to,
                          make_error(Code::timeout, "job " + params.job.value + " has ended already; job.get tells how",
                                     "params.job"));
    if (!open)
        return step.reply(asked.reply_to, unknown_job(params.job));
    if (open->phase == model::JobPhase::interrupting)
        return step.reply(asked.reply_to,
                          make_error(Code::timeout,
                                     "job " + params.job.value + " is being ended already; wait for its outcome",
                                     "params.job"));
    if (open->deadline_us == never_us) // an open card, a card in the printer: there is no deadline any more
        return step.reply(asked.reply_to, wire::encode(wire::JobExtended{params.job, params.deadline_ms}));
    open->deadline_us = std::max(open->deadline_us, step.in_ms(params.deadline_ms)); // it never shortens
    step.s.timers.arm({Timer::Kind::job_deadline, open->no}, open->deadline_us);
    const std::int64_t left = (open->deadline_us - step.now.mono_us) / us_per_ms;
    step.reply(asked.reply_to, wire::encode(wire::JobExtended{params.job, left}));
}

void answer_about_ended(Step& step, const Asked& asked, const std::string& id) {
    const auto key = ended_key(step, asked, id);
    return key ? look_up(step, asked, *key, asked.request.op) : step.reply(asked.reply_to, unknown_job(id));
}

std::string job_row(const Job& job) { return job.identity + "\n" + wire::encode(job.record); }

std::optional<wire::Job> read_job(const std::string& body) {
    const auto end_of_hash = body.find('\n');
    if (end_of_hash == std::string::npos)
        return std::nullopt;
    auto read = wire::decode<wire::Job>(std::string_view(body).substr(end_of_hash + 1));
    return read ? std::optional(std::move(*read)) : std::nullopt;
}

void restore_job(Step& step, const Record& record) {
    State& s = step.s;
    auto job = read_job(record.body);
    if (!job)
        return step.save("job", record.key, "");
    const std::string hash = record.body.substr(0, record.body.find('\n'));
    if (!job->outcome && is_side_effect(*job)) {
        restore_side_effect(*job);
        job->ended_at = step.time();
        book_blank(step, *job, record.key);
        step.save("job", record.key, hash + "\n" + wire::encode(*job));
        journal_end(step, *job, HowEnded::restart);
    } else if (!job->outcome) {
        // The station ended in the middle of it. A capture has no side effect: it failed, and can be made again.
        job->state = model::JobState::failed;
        job->outcome = model::JobState::failed;
        job->error = make_error(
            Code::internal, "the station restarted while the job ran; nothing was kept, capture again with a new idem");
        job->error->retry = model::Retry::now;
        job->error->job = job->job;
        job->ended_at = step.time();
        step.save("job", record.key, hash + "\n" + wire::encode(*job));
        journal_end(step, *job, HowEnded::restart);
    }
    if (job->outcome == model::JobState::unknown && !job->evidence_after)
        s.unsettled[job->device.value_or("")].push_back({record.key, *job});
    s.ended_ids[job->job] = record.key;
    s.ended_by_age.emplace(job->accepted_at.utc_us, record.key);
    const auto card = job->op == "print.start" ? std::optional(card_facts(*job)) : std::nullopt;
    const std::string id = job->job;
    s.ended[record.key] = {hash, id, std::move(job), card};
}

void jobs_restored(Step& step) {
    for (const auto& [utc_us, key] : step.s.ended_by_age) {
        const auto& record = step.s.ended.at(key).record;
        keep_for_a_while(step, key, *record);
        if (is_side_effect(*record))
            restore_case_card(step, *record);
    }
    forget_surplus(step);
}

void found(Step& step, const Found& found) {
    if (reconcile_found(step, found))
        return;
    const auto waiting = step.s.lookups.find(found.token);
    if (waiting == step.s.lookups.end())
        return;
    const auto key = step.s.lookup_keys.at(found.token);
    const auto ended = step.s.ended.find(key);
    std::optional<wire::Job> job;
    if (ended != step.s.ended.end() && ended->second.record)
        job = ended->second.record;
    else if (const auto* kept = kept_back(step.s, "job", key))
        job = read_job(*kept); // newer than what the store has
    else if (found.body)
        job = read_job(*found.body);
    if (job && !job->outcome)
        job.reset(); // the store failed when it was to keep the end: what it has is older than that
    for (const auto& [to, op] : waiting->second) {
        const auto seen = job ? std::optional(with_readings(step.s, *job, to.session)) : std::nullopt;
        if (!seen)
            step.reply(to, make_error(Code::result_expired,
                                      "the station keeps no answer to this key any more; see what the device did, and "
                                      "start again with a new idem"));
        else if (op == wire::Op::job_get)
            step.reply(to, wire::encode(wire::JobResult{*seen}));
        else if (op == wire::Op::card_close)
            reply_closed(step, to, *seen);
        else if (op == wire::Op::job_cancel)
            step.reply(to, wire::encode(wire::JobCancelled{seen->job, seen->state}));
        else
            reply_as_before(step, to, *seen);
    }
    step.s.lookups.erase(waiting);
    step.s.lookup_keys.erase(found.token);
}

void recorded(Step& step, StoreToken token) {
    const auto waiting = step.s.recording.find(token);
    if (waiting == step.s.recording.end())
        return;
    const auto jobs = std::move(waiting->second);
    step.s.recording.erase(waiting);
    for (const auto no : jobs) {
        const auto job = step.s.jobs.find(no);
        if (job == step.s.jobs.end())
            continue;
        const bool commits = job->second.phase == model::JobPhase::committing;
        if (const auto error = begins_card(job->second) ? no_room(step.s) : std::nullopt; error && commits)
            hold_back(step, job->second, *error);
        else if (error)
            end_job(step, no, model::HostEnd::failed, error);
        else if (commits)
            let_go(step, job->second);
        else // at the slot's device: it moved along when the slot was bound anew meanwhile
            enqueue(step, job->second);
    }
}

void record_failed(Step& step, const AppendFailed& failed) {
    const auto waiting = step.s.recording.find(failed.token);
    if (waiting == step.s.recording.end())
        return;
    const auto jobs = std::move(waiting->second);
    step.s.recording.erase(waiting);
    const auto error = not_recorded(failed.disk_full);
    for (const auto no : jobs) {
        const auto job = step.s.jobs.find(no);
        if (job != step.s.jobs.end() && job->second.phase == model::JobPhase::committing)
            hold_back(step, job->second, error);
        else
            end_job(step, no, model::HostEnd::failed, error);
    }
}

namespace {

void forget(Step& step, const std::string& key) {
    State& s = step.s;
    step.save("job", key, "");
    s.owed.erase(key);
    const auto ended = s.ended.find(key);
    if (ended == s.ended.end())
        return;
    drop_readings(step, ended->second.job);
    s.ended_ids.erase(ended->second.job);
    s.ended.erase(ended);
}

/// Forgets the oldest job that may be forgotten, if it ended before then. False: there is none.
bool forget_oldest(Step& step, std::int64_t before_utc_us) {
    State& s = step.s;
    const auto oldest = std::ranges::find_if(
        s.ended_by_age, [&](const auto& entry) { return !s.open_outcomes.contains(entry.second); });
    if (oldest == s.ended_by_age.end() || oldest->first >= before_utc_us)
        return false;
    const std::string key = oldest->second;
    s.ended_by_age.erase(oldest);
    forget(step, key);
    return true;
}

} // namespace

void forget_job(Step& step, const std::string& key) {
    std::erase_if(step.s.ended_by_age, [&](const auto& entry) { return entry.second == key; });
    forget(step, key);
}

void keep_for_a_while(Step& step, const std::string& key, const wire::Job& record) {
    if (is_open_outcome(record))
        step.s.open_outcomes.insert(key);
    else
        step.s.ended_order.push_back(key);
}

void forget_surplus(Step& step) {
    State& s = step.s;
    while (std::ssize(s.ended_by_age) > s.config.quotas.idem_entries && forget_oldest(step, never_us)) {
    }
    while (std::ssize(s.ended_order) > s.config.quotas.jobs_kept) {
        if (const auto oldest = s.ended.find(s.ended_order.front());
            oldest != s.ended.end() && !s.owed.contains(oldest->first))
            oldest->second.record.reset();
        s.ended_order.pop_front();
    }
}

void purge(Step& step) {
    State& s = step.s;
    const std::int64_t horizon_us = step.now.utc_us - s.config.quotas.idem_horizon_ms * us_per_ms;
    while (forget_oldest(step, horizon_us)) {
    }
    forget_surplus(step);
    constexpr std::ptrdiff_t closed_cases_kept = 1'024;
    std::vector<std::pair<std::int64_t, std::string>> closed;
    for (const auto& [id, kept] : s.cases)
        if (kept.phase == model::CasePhase::closed && kept.record.closed_at)
            closed.emplace_back(kept.record.closed_at->utc_us, id);
    std::ranges::sort(closed);
    for (std::ptrdiff_t i = 0; i < std::ssize(closed) - closed_cases_kept; ++i) {
        const auto& id = closed[static_cast<std::size_t>(i)].second;
        step.save("case", id, "");
        s.cases.erase(id);
    }
    s.timers.arm({Timer::Kind::purge, 0}, step.in_ms(3'600'000));
}

} // namespace rekam::broker
