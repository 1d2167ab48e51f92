// SPDX-License-Identifier: Apache-2.0
#include "core/broker/erasure.h"

#include "core/broker/backlog.h"
#include "core/broker/frames.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/readings.h"
#include "core/broker/refusals.h"
#include "core/wire/codec.h"
#include "core/wire/journal_results.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::make_error;

/// A job of the case that persons have to settle first: its record is what they settle it by.
const wire::Job* open_outcome_of(const State& s, const std::string& case_id) {
    for (const auto& key : s.open_outcomes)
        if (const auto& record = s.ended.at(key).record; record && record->case_ == case_id)
            return &*record;
    return nullptr;
}

} // namespace

std::optional<model::Error> check_erasure(const State& s, const wire::JournalEraseParams& params) {
    const std::string& id = params.case_.value;
    const auto kept = s.cases.find(id);
    if (kept != s.cases.end() && kept->second.phase != model::CasePhase::closed)
        return make_error(Code::busy, "case " + id +
                                          " is not closed, and more would be written about it; close it "
                                          "(case.close), then erase it");
    if (const auto* job = open_outcome_of(s, id)) {
        auto error = make_error(Code::reconcile_first, "nobody knows yet what became of the card of job " + job->job +
                                                           "; settle it (job.reconcile), then erase the case");
        error.job = job->job;
        return error;
    }
    if (params.reason.value.find(id) != std::string::npos)
        return make_error(Code::out_of_range,
                          "params.reason names the case, and stays in the journal; give the ground alone",
                          "params.reason");
    if (s.store.state != "ok")
        return not_recorded(s.store.state != "failed");
    return std::nullopt;
}

EraseCase begin_erasure(Step& step, const wire::JournalEraseParams& params, const std::string& by) {
    State& s = step.s;
    const std::string& id = params.case_.value;
    for (auto& [device, open] : s.unsettled) // what a device remembers of a card that persons have settled
        std::erase_if(open, [&](const Unsettled& one) { return one.record.case_ == id; });
    drop_readings_of_case(step, id);
    drop_frames_of_case(step, id, {});
    append_now(step);
    return {id, erasure_entry(step, params.reason, by)};
}

void forget_case(Step& step, const Erased& erased) {
    step.s.cases.erase(erased.case_);
    step.save("case", erased.case_, "");
    for (const auto& key : erased.jobs)
        forget_job(step, key);
    forget_person(step, erased.case_);
    step.log(Level::info, "journal", "a case was erased: " + std::to_string(erased.entries) + " entries");
}

void reply_erased(Step& step, const ReplyTo& to, const Erased& erased) {
    if (erased.entries == 0 && erased.jobs.empty() && !erased.had_case)
        return step.reply(to, make_error(Code::unknown_case,
                                         "nothing here is about a person of case " + erased.case_ +
                                             ": it was erased, or never was; look at the id",
                                         "params.case"));
    step.reply(to, wire::encode(wire::JournalEraseResult{erased.case_, erased.entries}));
}

} // namespace rekam::broker
