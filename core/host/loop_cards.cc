// SPDX-License-Identifier: Apache-2.0 OR MIT
// The part of the loop that is about cards: a print that begins, waits at the chip, and cannot be stopped; an exchange
// with a card's chip, inside a print or alone.
#include "core/host/loop.h"

#include "core/wire/codec.h"

#include <utility>

namespace rekam::host {

using model::Code;
using wire::Type;

void Loop::release_all(std::vector<wire::Descriptor>& descriptors) {
    for (const wire::Descriptor descriptor : std::exchange(descriptors, {}))
        effects_.push_back(Release{descriptor});
}

void Loop::received_card_at_print(const wire::Prefix& prefix, wire::HostRun run) {
    if (!job_ || !job_->at_chip || card_)
        return refuse_run(prefix, Code::not_ready, "no card waits at the chip station");
    card_.emplace();
    card_->id = prefix.job;
    card_->prefix = prefix;
    card_->started = true;
    effects_.push_back(Run{card_->id, run, never_us, {}, job_->id});
    card_->run = std::move(run);
}

void Loop::received_go(const wire::Message& message) {
    if (!job_ || message.prefix.job != job_->id || message.prefix.fence != job_->prefix.fence || !job_->waits_for_go)
        return;
    job_->waits_for_go = false;
    job_->begun = true;
    job_->give_up_us = never_us; // an interrupt that came too late
    effects_.push_back(Go{job_->id});
}

void Loop::received_chip_over(const wire::Message& message) {
    const auto body = wire::decode<wire::HostChipOver>(message.json);
    if (!body)
        return end(exit_protocol, body.error().message);
    if (!job_ || message.prefix.job != job_->id || !job_->at_chip)
        return; // it was interrupted meanwhile
    job_->at_chip = false;
    effects_.push_back(ChipOver{job_->id, body->failed});
}

Loop::Call* Loop::exchange_of(const wire::Prefix& prefix) {
    if (card_ && prefix.job == card_->id && prefix.fence == card_->prefix.fence)
        return &*card_;
    const bool own = job_ && job_->run.card && job_->started && !job_->ended && prefix.job == job_->id &&
                     prefix.fence == job_->prefix.fence;
    return own ? &*job_ : nullptr;
}

const wire::Prefix* Loop::card_prefix(CallId call) const {
    if (card_ && call == card_->id)
        return &card_->prefix;
    return job_ && job_->run.card && !job_->ended && call == job_->id ? &job_->prefix : nullptr;
}

void Loop::received_apdus(const wire::Message& message) {
    auto body = wire::decode<wire::HostApdus>(message.json);
    if (!body)
        return end(exit_protocol, body.error().message);
    if (const Call* call = exchange_of(message.prefix))
        effects_.push_back(Transmit{call->id, std::move(*body)});
}

void Loop::received_card_close(const wire::Message& message) {
    if (const Call* call = exchange_of(message.prefix))
        effects_.push_back(CloseCard{call->id});
}

void Loop::on(Begins& event) {
    if (!job_ || event.call != job_->id || !job_->run.print || job_->begun || job_->waits_for_go)
        return;
    job_->waits_for_go = true;
    send(Type::host_begins, job_->prefix, wire::encode(event.body));
}

void Loop::on(AtChip& event) {
    if (!job_ || event.call != job_->id || !job_->begun)
        return;
    job_->at_chip = true;
    send(Type::host_chip, job_->prefix, "");
    if (job_->stop != Stop::none) // nobody is there any more to speak with the card
        effects_.push_back(Interrupt{job_->id});
}

void Loop::on(CardOpened& event) {
    if (const auto* prefix = card_prefix(event.call))
        send(Type::host_card, *prefix, wire::encode(event.card));
}

void Loop::on(CardAnswered& event) {
    if (const auto* prefix = card_prefix(event.call))
        send(Type::host_answers, *prefix, wire::encode(event.answers));
}

// A card that has begun is finished; only at the chip station it can be given up, and the plugin applies on_fail.
void Loop::stop_print(Stop why) {
    if (card_)
        stop_call(*card_, why);
    const bool first = job_->stop == Stop::none;
    if (first)
        job_->stop = why;
    if (why == Stop::leaving)
        job_->give_up_us = after_ms(limits_.print_ms_max);
    if (first && job_->at_chip) {
        job_->at_chip = false;
        effects_.push_back(Interrupt{job_->id});
    }
}

void Loop::finish_card(std::optional<wire::Failure> failure) {
    if (failure && failure->code == Code::cancelled && card_->stop == Stop::none) {
        failure->code = Code::broken_promise;
        failure->message = "the plugin reported a cancel that nobody asked for";
    }
    wire::HostFinal final;
    final.failure = std::move(failure);
    send(Type::host_final, card_->prefix, wire::encode(final));
    card_.reset();
}

} // namespace rekam::host
