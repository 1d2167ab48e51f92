// SPDX-License-Identifier: Apache-2.0
#include "core/broker/cases.h"

#include "core/base/digest.h"
#include "core/broker/frames.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/leases.h"
#include "core/broker/pages.h"
#include "core/broker/prints.h"
#include "core/broker/readings.h"
#include "core/broker/refusals.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::make_error;

Case* find_case(Step& step, const Asked& asked, const std::string& id) {
    const auto found = step.s.cases.find(id);
    const bool mine =
        found != step.s.cases.end() && found->second.principal == step.s.sessions.at(asked.session).principal;
    return mine ? &found->second : nullptr;
}

bool has_jobs(const State& s, const std::string& id) {
    return std::ranges::any_of(s.jobs, [&](const auto& entry) { return entry.second.record.case_ == id; });
}

void finish_closing(Step& step, Case& kept) {
    if (has_jobs(step.s, kept.record.case_) || !advance(step, "case", kept.phase, model::CaseEvent::closed))
        return;
    kept.record.closed_at = step.time();
    step.save_case(kept.record.case_);
    journal_case_closed(step, kept);
    touch_station(step);
    for (const auto& to : kept.closing)
        step.reply(to, wire::encode(wire::CaseResult{case_view(kept)}));
    kept.closing.clear();
}

void note_end(wire::CaseCard& card, const wire::Job& job) {
    card.outcome = job.outcome;
    card.effect = job.effect;
    card.card_at = job.card_at;
    card.reconciled = job.reconciled ? std::optional(job.reconciled->effect) : std::nullopt;
}

/// The first that no capture of the case made: whoever names a wrong one would lose the right ones.
std::optional<model::Error> check_keep(const State& s, const Case& kept, const wire::CaseCloseParams& params) {
    const auto made_here = [&](const std::string& frame) {
        const auto in = [&](const std::vector<std::string>& frames) {
            return std::ranges::find(frames, frame) != frames.end();
        };
        return std::ranges::any_of(kept.record.captures, [&](const auto& capture) { return in(capture.frames); }) ||
               std::ranges::any_of(s.jobs, [&](const auto& entry) {
                   const auto& job = entry.second;
                   return job.record.case_ == kept.record.case_ &&
                          std::ranges::any_of(job.taken, [&](const auto& taken) { return taken.frame == frame; });
               });
    };
    for (std::size_t i = 0; params.keep && i < params.keep->items.size(); ++i)
        if (const std::string& frame = params.keep->items[i]; !made_here(frame)) {
            const std::string path = "params.keep[" + std::to_string(i) + "]";
            return make_error(Code::unknown_frame,
                              path + ": " + frame + " is no frame of this case, which stays open; case.get lists them",
                              path);
        }
    return std::nullopt;
}

void mark_kept(Case& kept, const std::vector<std::string>& keep) {
    for (auto& capture : kept.record.captures) {
        capture.kept.emplace();
        for (const auto& frame : capture.frames)
            if (std::ranges::find(keep, frame) != keep.end())
                capture.kept->push_back(frame);
    }
}

} // namespace

void case_open(Step& step, const Asked& asked, const std::array<std::uint8_t, 16>& nonce) {
    State& s = step.s;
    const auto& params = std::get<wire::CaseOpenParams>(asked.request.params);
    const auto open = std::ranges::count_if(
        s.cases, [](const auto& entry) { return entry.second.phase != model::CasePhase::closed; });
    if (open >= s.config.quotas.cases_open)
        return step.reply(
            asked.reply_to,
            make_error(Code::too_many, "as many cases are open as may be; close those that are finished (case.list)"));
    const Session& session = s.sessions.at(asked.session);
    Case made;
    made.principal = session.principal;
    made.record.case_ = "C-" + to_hex({reinterpret_cast<const char*>(nonce.data()), 12});
    made.record.purpose = params.purpose;
    made.record.operator_ = params.operator_ ? std::optional(params.operator_->value) : session.operator_;
    if (params.desk)
        made.record.desk = params.desk->value;
    made.record.client = session.client;
    made.record.opened_at = step.time();
    step.save_case(made.record.case_);
    journal_case_opened(step, made);
    step.reply(asked.reply_to, wire::encode(wire::CaseOpened{made.record.case_}));
    const std::string id = made.record.case_;
    s.cases.emplace(id, std::move(made));
}

void case_close(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::CaseCloseParams>(asked.request.params);
    Case* kept = find_case(step, asked, params.case_);
    if (!kept)
        return step.reply(asked.reply_to, unknown_case(params.case_));
    const std::string id = params.case_.value;
    if (kept->phase == model::CasePhase::closed) // asked again, perhaps because the answer was lost: the same answer
        return step.reply(asked.reply_to, wire::encode(wire::CaseResult{case_view(*kept)}));
    if (kept->phase == model::CasePhase::open)
        if (auto error = check_keep(step.s, *kept, params))
            return step.reply(asked.reply_to, *error);
    kept->closing.push_back(asked.reply_to);
    if (!advance(step, "case", kept->phase, model::CaseEvent::close))
        return;        // its jobs are ending already; both get the answer then
    if (params.keep) { // before the jobs end: the last of them writes the record
        std::vector<std::string> keep;
        for (const std::string& frame : params.keep->items)
            keep.push_back(frame);
        mark_kept(*kept, keep);
        drop_frames_of_case(step, id, keep);
        drop_readings_of_case(step, id);
    }
    end_leases_of_case(step, id);
    interrupt_jobs_of_case(step, id, model::EndCause::case_closed);
    finish_closing(step, *kept);
}

void case_get(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::CaseGetParams>(asked.request.params);
    const Case* kept = find_case(step, asked, params.case_);
    if (!kept)
        return step.reply(asked.reply_to, unknown_case(params.case_));
    step.reply(asked.reply_to, wire::encode(wire::CaseResult{case_view(*kept)}));
}

void case_list(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::CaseListParams>(asked.request.params);
    Page<wire::Case> page(params.cursor, params.limit);
    for (const auto& [id, kept] : step.s.cases) {
        if (kept.principal != step.s.sessions.at(asked.session).principal)
            continue;
        auto view = case_view(kept);
        // before it is moved away
        const std::size_t bytes = 400 + 260 * view.captures.size() + 260 * (view.cards ? view.cards->size() : 0);
        if ((!params.state || view.state == *params.state) && !page.add(id, std::move(view), bytes))
            break;
    }
    step.reply(asked.reply_to, wire::encode(wire::CaseList{std::move(page.items), page.next}));
}

void restore_case(State& s, const Record& record) {
    const auto end_of_principal = record.body.find('\n');
    if (end_of_principal == std::string::npos)
        return;
    auto read = wire::decode<wire::Case>(std::string_view(record.body).substr(end_of_principal + 1));
    if (!read)
        return;
    Case kept;
    kept.principal = record.body.substr(0, end_of_principal);
    kept.record = std::move(*read);
    kept.phase = kept.record.state == model::CaseState::closed ? model::CasePhase::closed : model::CasePhase::open;
    for (auto& capture : kept.record.captures) {
        auto& attempts = kept.attempts[capture.subject];
        attempts = std::max(attempts, capture.attempt);
        if (!capture.outcome)
            capture.outcome = model::JobState::failed; // the station ended in the middle of it
    }
    s.cases.emplace(record.key, std::move(kept));
}

std::string case_row(const Case& kept) { return kept.principal + "\n" + wire::encode(case_view(kept)); }

std::optional<model::Error> check_card_room(const State& s, const Case& kept) {
    if (!kept.record.cards || std::ssize(*kept.record.cards) < s.config.quotas.cards_per_case)
        return std::nullopt;
    return make_error(Code::too_many, "the case has as many cards as a case may have; close it and open another");
}

void enter_card(Step& step, const Job& job) {
    Case& kept = step.s.cases.at(job.record.case_);
    if (!kept.record.cards)
        kept.record.cards.emplace();
    wire::CaseCard card;
    card.job = job.record.job;
    card.op = job.record.op;
    card.slot = job.record.slot;
    card.cites = job.record.cites;
    if (job.record.reprint)
        card.reprint_of = job.record.reprint->of;
    kept.record.cards->push_back(std::move(card));
    step.save_case(kept.record.case_);
    touch_station(step);
}

void card_settled(Step& step, const wire::Job& job) {
    const auto found = step.s.cases.find(job.case_);
    if (found == step.s.cases.end() || !found->second.record.cards)
        return;
    for (auto& card : *found->second.record.cards)
        if (card.job == job.job) {
            note_end(card, job);
            step.save_case(found->first);
        }
}

void restore_case_card(Step& step, const wire::Job& job) {
    const auto found = step.s.cases.find(job.case_);
    if (found == step.s.cases.end() || !found->second.record.cards)
        return;
    for (const auto& card : *found->second.record.cards)
        if (card.job == job.job && (!card.outcome || card.reconciled.has_value() != job.reconciled.has_value()))
            return card_settled(step, job);
}

void case_job_ended(Step& step, const Job& job) {
    const auto found = step.s.cases.find(job.record.case_);
    if (found == step.s.cases.end())
        return;
    Case& kept = found->second;
    for (auto& capture : kept.record.captures)
        if (capture.job == job.record.job) {
            capture.outcome = job.record.outcome;
            if (job.record.frames)
                for (const auto& frame : *job.record.frames)
                    capture.frames.push_back(frame.frame);
        }
    if (kept.record.cards)
        for (auto& card : *kept.record.cards)
            if (card.job == job.record.job)
                note_end(card, job.record);
    if (is_side_effect(job.record))
        step.save_case(kept.record.case_);
    else
        step.save_case_soon(kept.record.case_);
    if (kept.phase == model::CasePhase::closing)
        finish_closing(step, kept);
}

} // namespace rekam::broker
