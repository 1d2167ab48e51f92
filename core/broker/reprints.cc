// SPDX-License-Identifier: Apache-2.0
#include "core/broker/reprints.h"

#include "core/broker/persons.h"
#include "core/broker/refusals.h"
#include "core/broker/side_effects.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::Effect;
using model::make_error;
using MaybeError = std::optional<model::Error>;

model::Error about(model::Error error, const std::string& job) {
    error.job = job;
    return error;
}

model::Error reconcile_first(const std::string& job, std::string path = {}) {
    auto error = make_error(Code::reconcile_first, "nobody saw how the card of " + job +
                                                       " ended: look at it, and reconcile it (job.reconcile) before "
                                                       "another one is made");
    if (!path.empty())
        error.path = std::move(path);
    return about(std::move(error), job);
}

/// The newest card of the case that is, or may be, somewhere; or is on its way there.
const wire::CaseCard* card_of(const Case& kept) {
    if (!kept.record.cards)
        return nullptr;
    const wire::CaseCard* found = nullptr;
    for (const auto& card : *kept.record.cards) {
        const Effect effect = card.reconciled.value_or(card.effect.value_or(Effect::none));
        if (card.op != "print.start" || (card.outcome && effect == Effect::none))
            continue;
        found = &card;
        if (!card.outcome || effect == Effect::unknown)
            break; // this one first, whatever came after it
    }
    return found;
}

MaybeError check_case(const Case& kept, bool reprint) {
    const auto* card = card_of(kept);
    if (!card)
        return std::nullopt;
    if (!card->outcome)
        return about(
            make_error(Code::busy, "the card of " + card->job + " in this case is on its way; wait for its end"),
            card->job);
    if (card->effect == Effect::unknown && !card->reconciled)
        return reconcile_first(card->job);
    if (reprint)
        return std::nullopt;
    return about(
        make_error(Code::reprint_needed,
                   "the case has its card, from " + card->job +
                       "; a further one is a reprint: send reprint with its job, the reason and a second person",
                   "params.reprint"),
        card->job);
}

MaybeError check_original(const State& s, const std::string& job) {
    const std::string path = "params.reprint.of";
    if (std::ranges::any_of(s.jobs, [&](const auto& entry) { return entry.second.record.job == job; }))
        return about(make_error(Code::busy, "job " + job + " has not ended; wait for its end", path), job);
    const auto key = s.ended_ids.find(job);
    const auto ended = key == s.ended_ids.end() ? s.ended.end() : s.ended.find(key->second);
    if (ended == s.ended.end() || !ended->second.card)
        return make_error(Code::unknown_job,
                          path + ": this station knows no print " + job + "; see job.list, or the journal", path);
    if (ended->second.card->open)
        return reconcile_first(job, path);
    if (ended->second.card->effect == Effect::none)
        return make_error(Code::out_of_range,
                          path + ": " + job +
                              " made no card, so this is no reprint of it; leave "
                              "reprint out, or name the one that was made",
                          path);
    return std::nullopt;
}

MaybeError check_persons(const State& s, const Asked& asked, const Case& kept, const wire::ReprintParams& reprint) {
    const std::string path = "params.reprint.second";
    const auto& session = s.sessions.at(asked.session);
    if (!session.operator_ && !kept.record.operator_)
        return make_error(Code::bad_request,
                          path + ": two persons answer for a reprint, and nobody is named as operator; name who works "
                                 "here in hello",
                          path);
    if (trimmed(reprint.reason.value).empty())
        return make_error(Code::out_of_range, "params.reprint.reason must say why", "params.reprint.reason");
    const bool first = (session.operator_ && same_person(*session.operator_, reprint.second.value)) ||
                       (kept.record.operator_ && same_person(*kept.record.operator_, reprint.second.value));
    if (first || trimmed(reprint.second.value).empty())
        return make_error(Code::out_of_range,
                          path + " must name another person than the operator: two answer for a reprint", path);
    return std::nullopt;
}

} // namespace

MaybeError check_reprint(const State& s, const Asked& asked, const Case& kept,
                         const std::optional<wire::ReprintParams>& reprint) {
    if (auto error = check_case(kept, reprint.has_value()))
        return error;
    if (!reprint)
        return std::nullopt;
    if (auto error = check_original(s, reprint->of))
        return error;
    return check_persons(s, asked, kept, *reprint);
}

} // namespace rekam::broker
