// SPDX-License-Identifier: Apache-2.0
// What prints and card exchanges leave behind: the effect in their record, and what a device remembers of it.
#include "core/broker/side_effects.h"

#include "core/broker/cards.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/ledger.h"
#include "core/broker/prints.h"
#include "core/broker/reconcile.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::CardAt;
using model::CardIntent;
using model::CardStep;
using model::Code;
using model::JobState;
using model::make_error;

constexpr std::string_view print_op = "print.start", card_op = "card.open";

model::Effect effect_of(const Job& job, const std::optional<model::Error>& given) {
    switch (*job.record.outcome) {
    case JobState::unknown: return model::Effect::unknown;
    case JobState::done: return has_side_effect(job) ? model::Effect::done : model::Effect::none;
    default: break;
    }
    if (!has_side_effect(job))
        return model::Effect::none;
    if (job.card) // commands went out and were answered before it ended otherwise
        return model::Effect::done;
    return given ? given->effect : model::Effect::none;
}

} // namespace

void look_first(model::Error& error) {
    error.effect = model::Effect::unknown;
    error.retry = model::Retry::after_fix;
    error.hint = "look-at-card";
    const auto advice = error.message.find(';');
    error.message = error.message.substr(0, advice) + ", and nobody saw the end: look at the card before anything is "
                                                      "done again";
}

namespace {

/// What the difference says of a print that nobody saw end; empty: nothing certain.
std::optional<model::Effect> verdict(const wire::Job& job, const wire::Evidence& after) {
    const auto& before = job.evidence_before;
    const auto has = [&](CardStep step) {
        return job.steps && std::ranges::find(*job.steps, step) != job.steps->end();
    };
    const bool prints = has(CardStep::print), encodes = has(CardStep::chip) || has(CardStep::magnetic);
    if (job.op != print_op || !prints || !before || !before->counter || !after.counter ||
        after.last_effect == model::Effect::unknown)
        return std::nullopt;
    if (*after.counter == *before->counter && !encodes) // the counter counts what was printed, not what was written
        return model::Effect::none;
    if (*after.counter == *before->counter + 1)
        return model::Effect::done;
    return std::nullopt;
}

} // namespace

bool has_side_effect(const Job& job) { return (job.print && job.print->begun) || (job.card && job.card->begun); }

void note_effect(Job& job, const std::optional<model::Error>& given) {
    if (!job.print && !job.card)
        return;
    wire::Job& record = job.record;
    record.effect = effect_of(job, given);
    if (job.print) // a card that lies there from an earlier job is not this one
        record.card_at = job.print->begun ? record.card_at.value_or(CardAt::unknown) : CardAt::none;
    if (!record.error)
        return;
    record.error->effect = record.effect;
    record.error->card_at = record.card_at;
    if (record.effect == model::Effect::unknown)
        look_first(*record.error);
}

void side_effect_over(Step& step, const Job& job) {
    if (job.record.outcome == JobState::unknown)
        step.s.unsettled[job.record.device.value_or("")].push_back(
            {job.principal + "\n" + job.record.idem, job.record});
    if (job.card)
        card_over(step, job);
    touch_station(step);
    if (job.print)
        print_over(step, job);
}

std::string result_of(const wire::Job& record) {
    if (record.op == card_op) {
        wire::CardOpened opened{record.job, record.state, record.case_, record.slot, {}, {}, record.print};
        opened.intent = record.intent.value_or(CardIntent::read);
        opened.card = record.card.value_or(wire::CardInfo{});
        return wire::encode(opened);
    }
    wire::PrintResult result;
    result.job = record.job;
    result.case_ = record.case_;
    result.slot = record.slot;
    result.effect = record.effect;
    result.card_at = record.card_at.value_or(CardAt::unknown);
    result.counter_before = record.counter_before;
    result.counter_after = record.counter_after;
    result.blank_serial = record.blank_serial;
    result.cites = record.cites;
    result.reprint = record.reprint;
    result.blank = record.blank;
    return wire::encode(result);
}

CardFacts card_facts(const wire::Job& record) {
    return {record.reconciled ? record.reconciled->effect : record.effect, is_open_outcome(record)};
}

namespace {

/// Where the card lies tells what its blank became.
model::Blank blank_by(model::Effect effect, CardAt at) {
    if (at == CardAt::reject)
        return model::Blank::rejected;
    if (effect == model::Effect::done)
        return model::Blank::issued;
    return at == CardAt::hopper || at == CardAt::none ? model::Blank::left : model::Blank::spoiled;
}

void settle_by_evidence(Step& step, wire::Job& record, const std::string& key, model::Effect effect) {
    record.reconciled = wire::Reconciled{effect, "evidence", {}, {}, {}, step.time()};
    if (!record.blank)
        return;
    record.reconciled->blank = blank_by(effect, record.evidence_after->card_at);
    move_blank(step, record, key, *record.reconciled->blank);
}

} // namespace

void evidence_seen(Step& step, const Device& device, const wire::Evidence& evidence) {
    State& s = step.s;
    auto open = s.unsettled.extract(device.id);
    if (open.empty())
        return;
    for (auto& [key, record] : open.mapped()) {
        record.evidence_after = evidence;
        const auto effect = verdict(record, evidence);
        if (effect && !record.reconciled)
            settle_by_evidence(step, record, key, *effect);
        else if (effect && record.reconciled->effect != *effect)
            step.log(Level::warning, "job " + record.job, "the device remembers otherwise than two persons said");
        step.log(Level::info, "job " + record.job,
                 effect ? "the device remembers: effect " + std::string(model::name(*effect))
                        : std::string("the device does not know either; a person has to look"));
        journal_evidence(step, record);
        store_settled(step, key, wire::Job(record));
    }
}

void restore_side_effect(wire::Job& job) {
    const bool unknown =
        (job.op == print_op && job.state == JobState::sent) || (job.op == card_op && job.intent == CardIntent::write);
    job.state = unknown ? JobState::unknown : JobState::failed;
    job.outcome = job.state;
    job.effect = unknown ? model::Effect::unknown : model::Effect::none;
    if (job.op == print_op)
        job.card_at = unknown ? CardAt::unknown : CardAt::none;
    job.error = make_error(Code::internal, unknown ? "the station ended while this was done, and nobody saw its end; "
                                                     "look at the card before anything is done again"
                                                   : "the station restarted before anything was done; ask again with "
                                                     "a new idem");
    job.error->retry = unknown ? model::Retry::after_fix : model::Retry::now;
    job.error->effect = job.effect;
    job.error->card_at = job.card_at;
    job.error->job = job.job;
}

bool is_side_effect(const wire::Job& job) { return job.op == print_op || job.op == card_op; }

} // namespace rekam::broker
