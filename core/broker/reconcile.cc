// SPDX-License-Identifier: Apache-2.0
#include "core/broker/reconcile.h"

#include "core/broker/cases.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/ledger.h"
#include "core/broker/persons.h"
#include "core/broker/promises.h"
#include "core/broker/refusals.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Blank;
using model::Code;
using model::Effect;
using model::make_error;
using MaybeError = std::optional<model::Error>;

MaybeError check_persons(const wire::JobReconcileParams& params) {
    if (trimmed(params.by.value).empty())
        return make_error(Code::out_of_range, "params.by must name the person who looked", "params.by");
    if (trimmed(params.second.value).empty() || same_person(params.by.value, params.second.value))
        return make_error(Code::out_of_range,
                          "params.second must name another person than by: two answer for what they found",
                          "params.second");
    return std::nullopt;
}

Effect effect_of(const wire::JobReconcileParams& params) {
    return params.effect.value == "done" ? Effect::done : Effect::none;
}

/// A card that was made has gone out; of one that was not, the blank is thought to be spoiled, as it had begun.
Blank blank_of(const wire::JobReconcileParams& params) {
    if (params.blank)
        return *model::parse<Blank>(params.blank->value);
    return effect_of(params) == Effect::done ? Blank::issued : Blank::spoiled;
}

MaybeError check_blank(const wire::Job& job, const wire::JobReconcileParams& params) {
    if (!params.blank)
        return std::nullopt;
    if (!job.blank)
        return make_error(Code::out_of_range, "params.blank: " + job.job + " took no blank from a hopper; leave it out",
                          "params.blank");
    const bool made = effect_of(params) == Effect::done;
    if (params.blank->value != (made ? "left" : "issued"))
        return std::nullopt;
    return make_error(Code::out_of_range,
                      made ? "params.blank: a card that was made is no blank in the hopper; say issued, rejected or "
                             "spoiled"
                           : "params.blank: without a card nothing was issued; say left, rejected or spoiled",
                      "params.blank");
}

/// The same answer again, or a contradiction.
void answer_settled(Step& step, const ReplyTo& to, const wire::Job& job, const wire::JobReconcileParams& params) {
    const auto& settled = *job.reconciled;
    const bool same_people = !settled.second || (same_person(settled.by, params.by.value) &&
                                                 same_person(*settled.second, params.second.value));
    const bool same_blank = !params.blank || !settled.blank || *settled.blank == blank_of(params);
    if (settled.effect == effect_of(params) && same_people && same_blank)
        return step.reply(to, wire::encode(wire::JobResult{job}));
    auto error = make_error(
        Code::idem_conflict,
        "job " + job.job + " was reconciled already, as " + std::string(model::name(settled.effect)) + " by " +
            (settled.second ? "two persons" : "its device's evidence") + "; what is settled stays: see job.get",
        "params.job");
    error.job = job.job;
    step.reply(to, error);
}

void settle(Step& step, const ReplyTo& to, const std::string& key, wire::Job job,
            const wire::JobReconcileParams& params) {
    if (job.outcome != model::JobState::unknown)
        return step.reply(to, make_error(Code::out_of_range,
                                         "params.job: " + job.job + " is " + std::string(model::name(job.state)) +
                                             "; only an outcome that is unknown can be reconciled",
                                         "params.job"));
    if (job.reconciled)
        return answer_settled(step, to, job, params);
    if (auto error = check_blank(job, params))
        return step.reply(to, *error);
    const auto before = job;
    job.reconciled = wire::Reconciled{effect_of(params), trimmed(params.by.value), trimmed(params.second.value), {}, {},
                                      step.time()};
    if (params.reason)
        job.reconciled->reason = params.reason->value;
    if (job.blank) {
        job.reconciled->blank = blank_of(params);
        move_blank(step, job, key, blank_of(params));
    }
    store_settled(step, key, job);
    journal_reconciled(step, job);
    step.log(Level::info, "job " + job.job,
             "reconciled by two persons: effect " + std::string(model::name(job.reconciled->effect)));
    promise(step, to, wire::encode(wire::JobResult{job}), [key, before, after = job](Step& back) {
        wire::Job record = after;
        if (before.blank)
            move_blank(back, record, key, *before.blank);
        store_settled(back, key, before);
    });
}

} // namespace

bool is_open_outcome(const wire::Job& record) {
    return record.outcome == model::JobState::unknown && !record.reconciled;
}

void store_settled(Step& step, const std::string& key, const wire::Job& record) {
    State& s = step.s;
    const auto ended = s.ended.find(key);
    if (ended == s.ended.end())
        return;
    if (s.open_outcomes.erase(key) != 0 || ended->second.record) {
        std::erase(s.ended_order, key);
        ended->second.record = record;
        keep_for_a_while(step, key, record);
    }
    if (ended->second.card)
        ended->second.card = card_facts(record);
    for (auto& [device, open] : s.unsettled)
        for (auto& one : open)
            if (one.key == key)
                one.record = record;
    step.save("job", key, ended->second.identity + "\n" + wire::encode(record));
    card_settled(step, record);
    forget_surplus(step);
}

void job_reconcile(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& params = std::get<wire::JobReconcileParams>(asked.request.params);
    if (auto error = check_persons(params))
        return step.reply(asked.reply_to, *error);
    // An open outcome is the station's: who settles it need not be who asked for it.
    const auto found = s.ended_ids.find(params.job.value);
    if (found == s.ended_ids.end()) {
        const bool open =
            std::ranges::any_of(s.jobs, [&](const auto& entry) { return entry.second.record.job == params.job.value; });
        return step.reply(asked.reply_to,
                          open ? make_error(Code::out_of_range,
                                            "params.job: " + params.job.value + " has not ended; wait for its outcome",
                                            "params.job")
                               : make_error(Code::unknown_job,
                                            "no job of this station has the id " + params.job.value +
                                                "; job.list with unsettled names those that are open",
                                            "params.job"));
    }
    const Ended& ended = s.ended.at(found->second);
    if (ended.record)
        return settle(step, asked.reply_to, found->second, *ended.record, params);
    const StoreToken token = ++s.last_token;
    s.reconciling[token] = {asked.reply_to, found->second, params};
    step.out.push_back(Lookup{"job", found->second, token});
}

bool reconcile_found(Step& step, const Found& found) {
    const auto waiting = step.s.reconciling.find(found.token);
    if (waiting == step.s.reconciling.end())
        return false;
    const Reconciling asked = std::move(waiting->second);
    step.s.reconciling.erase(waiting);
    const auto job = found.body ? read_job(*found.body) : std::nullopt;
    if (job)
        settle(step, asked.to, asked.key, *job, asked.params);
    else
        step.reply(asked.to,
                   make_error(Code::result_expired, "the station keeps no record of this job any more; see the journal",
                              "params.job"));
    return true;
}

} // namespace rekam::broker
