// SPDX-License-Identifier: Apache-2.0
#include "core/broker/cards.h"

#include "core/broker/cases.h"
#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/drain.h"
#include "core/broker/jobs.h"
#include "core/broker/leases.h"
#include "core/broker/prints.h"
#include "core/broker/refusals.h"
#include "core/broker/store_state.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <algorithm>
#include <utility>

namespace rekam::broker {
namespace {

using model::CardIntent;
using model::Code;
using model::HostEnd;
using model::JobPhase;
using model::make_error;
using MaybeError = std::optional<model::Error>;

constexpr std::size_t askers_max = 4; ///< of one exchange

bool writes(const Job& job) { return job.card->params.intent == CardIntent::write; }

/// The print of this lease that names the slot as its encoder.
const Job* print_of(const State& s, LeaseNo lease, const std::string& slot) {
    for (const auto& [no, job] : s.jobs)
        if (job.print && job.lease == lease && job.print->params.encoder && job.print->params.encoder->value == slot)
            return &job;
    return nullptr;
}

bool has_exchange(const State& s, JobNo print) {
    return std::ranges::any_of(
        s.jobs, [&](const auto& entry) { return entry.second.card && entry.second.card->print == print; });
}

MaybeError check_at_chip(const State& s, const Job& print) {
    MaybeError error;
    if (print.phase != JobPhase::chip)
        error =
            make_error(Code::not_ready, "the card of " + print.record.job +
                                            " is not at the chip station; open it while its print is `waiting` there");
    else if (has_exchange(s, print.no))
        error =
            make_error(Code::busy, "the card of " + print.record.job + " is open already; close it first (card.close)");
    if (error)
        error->slot = print.record.slot;
    return error;
}

MaybeError check_card(const Step& step, const Asked& asked, const Slot& slot, const Lease& lease, const Job* print) {
    const Case& kept = step.s.cases.at(lease.case_);
    if (kept.phase != model::CasePhase::open)
        return case_closed(lease.case_);
    if (auto error = check_card_room(step.s, kept))
        return error;
    if (slot.config.function != model::Function::card_reader)
        return make_error(Code::out_of_range,
                          "params.slot: slot " + slot.config.name +
                              " is no card-reader; choose one that is: see slot.list",
                          "params.slot");
    if (step.s.stopping != Stopping::no)
        return make_error(Code::shutting_down, "the station is stopping; try again when it is back");
    const auto& params = std::get<wire::CardOpenParams>(asked.request.params);
    if (!print && params.intent == CardIntent::write) { // at the chip of a print it is part of what is under way
        if (auto error = draining(step.s))
            return error;
        if (auto error = no_room(step.s))
            return error;
    }
    if (print)
        if (auto error = check_at_chip(step.s, *print))
            return error;
    return check_device(step, slot, asked);
}

/// An open exchange of the asker; else the answer is given here.
Job* find_exchange(Step& step, const Asked& asked, const std::string& id) {
    for (auto& [no, job] : step.s.jobs)
        if (job.card && job.record.job == id && job.session == asked.session)
            return &job;
    return nullptr;
}

MaybeError check_commands(const wire::CardTransmitParams& params) {
    for (std::size_t i = 0; i < params.commands.items.size(); ++i)
        if (params.commands.items[i].value.size() % 2 != 0) {
            const std::string path = "params.commands[" + std::to_string(i) + "]";
            return make_error(Code::out_of_range, path + " must have an even number of hex digits", path);
        }
    return std::nullopt;
}

std::string joined(const wire::CardTransmitParams& params) {
    std::string all;
    for (const std::string& command : params.commands.items)
        all += command + ' ';
    return all;
}

/// The same number again: its answer, now or when it comes.
void repeat(Step& step, const Asked& asked, CardPart& card, const std::string& commands) {
    if (commands != card.commands)
        return step.reply(asked.reply_to,
                          make_error(Code::idem_conflict,
                                     "params.exchange: this number was used for other commands; count on",
                                     "params.exchange"));
    if (!card.is_answered() && card.asked.size() >= askers_max)
        return step.reply(asked.reply_to, make_error(Code::too_many, "four requests wait for this exchange already"));
    if (!card.is_answered())
        return card.asked.push_back(asked.reply_to);
    if (card.refusal)
        return step.reply(asked.reply_to, *card.refusal);
    step.reply(asked.reply_to, card.answer);
}

void tell_host(Step& step, const Job& job, wire::Type type, std::string json) {
    const Device& device = step.s.devices.at(job.device);
    wire::Prefix prefix = prefix_to(device);
    prefix.job = job.no;
    prefix.fence = static_cast<std::uint64_t>(job.fence);
    step.send(device.host, type, std::move(json), prefix);
}

wire::CardClosed closed_of(const wire::Job& record) {
    return {record.job, record.outcome.value_or(model::JobState::done), record.effect, record.exchanges.value_or(0)};
}

} // namespace

void card_open(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto refuse = [&](const model::Error& error) { step.reply(asked.reply_to, error); };
    if (!begins_job(step, asked))
        return;
    const auto& params = std::get<wire::CardOpenParams>(asked.request.params);
    const auto slot = s.slots.find(params.slot.value);
    if (slot == s.slots.end())
        return refuse(unknown_slot(params.slot));
    const auto lease = lease_for(step, *asked.request.envelope.lease, asked.session, params.slot);
    if (!lease)
        return refuse(lease.error());
    const Job* print = print_of(s, (*lease)->no, slot->first);
    if (auto error = check_card(step, asked, slot->second, **lease, print))
        return refuse(*error);
    Job job = new_job(step, asked, slot->second, **lease);
    job.record.subject = "card";
    job.record.intent = params.intent;
    job.card.emplace();
    job.card->params = params;
    if (print) {
        job.card->print = print->no;
        job.record.print = print->record.job;
    }
    enter_card(step, job);
    accept(step, std::move(job), params.intent == CardIntent::write);
}

bool is_at_own_chip(const State& s, const Job& job) {
    if (!job.card || job.card->print == 0)
        return false;
    const auto print = s.jobs.find(job.card->print);
    return print != s.jobs.end() && print->second.device == job.device;
}

void start_at_chip(Step& step, Job& job) {
    const Job& print = step.s.jobs.at(job.card->print);
    if (print.phase != JobPhase::chip)
        return end_job(step, job.no, HostEnd::failed,
                       make_error(Code::not_ready, "the card left the chip station before it could be opened"));
    give_to_host(step, step.s.devices.at(job.device), job);
}

void card_transmit(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::CardTransmitParams>(asked.request.params);
    Job* job = find_exchange(step, asked, params.job);
    if (!job)
        return step.reply(asked.reply_to, make_error(Code::unknown_job,
                                                     "no exchange of this session with a card has this id, or it has "
                                                     "ended; job.get tells how, card.open opens another",
                                                     "params.job"));
    if (auto error = check_commands(params))
        return step.reply(asked.reply_to, *error);
    CardPart& card = *job->card;
    if (!card.open || job->phase != JobPhase::running || !card.closing.empty())
        return step.reply(asked.reply_to, make_error(Code::not_ready, "the card is not open, or being closed"));
    const std::string commands = joined(params);
    if (params.exchange == card.exchange)
        return repeat(step, asked, card, commands);
    if (params.exchange != card.exchange + 1 || (card.exchange > 0 && !card.is_answered()))
        return step.reply(asked.reply_to,
                          make_error(Code::out_of_range,
                                     "params.exchange must be the last one (" + std::to_string(card.exchange) +
                                         ") or, once that is answered, the next",
                                     "params.exchange"));
    card.exchange = params.exchange;
    card.commands = commands;
    card.answer.clear();
    card.refusal.reset();
    card.asked.push_back(asked.reply_to);
    card.begun = card.begun || writes(*job);
    job->record.exchanges = card.exchange;
    wire::HostApdus apdus{card.exchange, {}};
    for (const std::string& command : params.commands.items)
        apdus.commands.push_back(command);
    tell_host(step, *job, wire::Type::host_apdus, wire::encode(apdus));
    step.s.timers.arm({Timer::Kind::job_grace, job->no}, step.in_ms(step.s.config.supervision.card_ms_max));
}

void card_close(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::CardCloseParams>(asked.request.params);
    Job* job = find_exchange(step, asked, params.job);
    if (!job)
        return answer_about_ended(step, asked, params.job);
    CardPart& card = *job->card;
    const bool first = card.closing.empty();
    card.failed = card.failed || params.failed.value_or(false);
    card.closing.push_back(asked.reply_to);
    if (!card.open)
        return interrupt_job(step, job->no, model::EndCause::cancel);
    if (first && job->phase == JobPhase::running)
        tell_host(step, *job, wire::Type::host_card_close, {});
    if (first && job->phase == JobPhase::running)
        step.s.timers.arm({Timer::Kind::job_grace, job->no}, step.in_ms(step.s.config.supervision.card_ms_max));
}

MaybeError card_opened(Step& step, Device& device, const wire::Message& message) {
    const auto body = wire::decode<wire::CardInfo>(message.json);
    if (!body)
        return make_error(Code::protocol_error, "the host sent a card that cannot be read");
    Job* job = job_of(step, device, message.prefix);
    if (!job)
        return std::nullopt;
    if (!job->card || job->card->open)
        return make_error(Code::protocol_error, "the host opened a card that it was not asked for");
    if (job->phase != JobPhase::running)
        return std::nullopt; // being interrupted: its end says so
    job->card->open = true;
    job->record.card = *body;
    if (const auto print = step.s.jobs.find(job->card->print); print != step.s.jobs.end())
        print->second.record.card = *body; // its blank's chip
    job->deadline_us = never_us;
    step.s.timers.disarm({Timer::Kind::job_deadline, job->no});
    const std::string result = result_of(job_view(step, *job));
    for (const auto& to : job->reply_to)
        step.reply(to, result);
    job->reply_to.clear();
    return std::nullopt;
}

MaybeError card_answered(Step& step, Device& device, const wire::Message& message) {
    const auto body = wire::decode<wire::HostAnswers>(message.json);
    if (!body)
        return make_error(Code::protocol_error, "the host sent a card's answers that cannot be read");
    Job* job = job_of(step, device, message.prefix);
    if (!job)
        return std::nullopt;
    if (!job->card || body->exchange != job->card->exchange || job->card->is_answered())
        return make_error(Code::protocol_error, "the host answered an exchange that is not open");
    CardPart& card = *job->card;
    step.s.timers.disarm({Timer::Kind::job_grace, job->no});
    if (job->phase == JobPhase::interrupting)
        step.s.timers.arm({Timer::Kind::job_grace, job->no}, step.in_ms(step.s.config.supervision.interrupt_ms_max));
    const auto asked = std::exchange(card.asked, {});
    if (!body->failure) {
        card.answer = wire::encode(wire::CardTransmitted{job->record.job, card.exchange, body->responses});
        for (const auto& to : asked)
            step.reply(to, card.answer);
        return std::nullopt;
    }
    card.unsure = writes(*job); // its command had gone out
    card.refusal = error_from(*body->failure);
    if (card.unsure)
        look_first(*card.refusal);
    card.refusal->job = job->record.job;
    card.refusal->slot = job->record.slot;
    for (const auto& to : asked)
        step.reply(to, *card.refusal);
    return std::nullopt;
}

MaybeError card_final(Step& step, Job& job, const wire::HostFinal& body) {
    const bool asked = !job.card->closing.empty() || job.cause != model::EndCause::none;
    if (body.frames != 0 || (!body.failure && !asked))
        return make_error(Code::protocol_error, "the host ended an exchange with a card that nobody closed");
    if (!body.failure) {
        end_job(step, job.no, HostEnd::done, std::nullopt);
        return std::nullopt;
    }
    const bool unsure = job.card->unsure || (job.card->begun && !job.card->is_answered());
    end_job(step, job.no, unsure ? HostEnd::unsure : HostEnd::failed, error_from(*body.failure));
    return std::nullopt;
}

void card_over(Step& step, const Job& job) {
    const CardPart& card = *job.card;
    for (const auto& to : card.asked)
        step.reply(to, job.record.error.value_or(make_error(Code::card_removed, "the exchange with the card ended")));
    for (const auto& to : card.closing) {
        if (job.record.outcome == model::JobState::done)
            step.reply(to, wire::encode(closed_of(job.record)));
        else
            step.reply(to, *job.record.error);
    }
    if (card.print != 0 && !card.closing.empty())
        chip_over(step, card.print, card.failed || job.record.outcome != model::JobState::done);
}

void print_over(Step& step, const Job& print) {
    std::vector<JobNo> open;
    for (const auto& [no, job] : step.s.jobs)
        if (job.card && job.card->print == print.no)
            open.push_back(no);
    for (const auto no : open) {
        if (step.s.jobs.at(no).device == print.device)
            end_job(step, no, HostEnd::died,
                    make_error(Code::card_removed, "the print of this card ended; look at that job"));
        else
            interrupt_job(step, no, model::EndCause::cancel);
    }
}

} // namespace rekam::broker
