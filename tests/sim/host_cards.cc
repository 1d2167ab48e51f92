// SPDX-License-Identifier: Apache-2.0
// A printer with an encoder, as its plugin lives it: a card that begins, waits at the chip, comes out; an exchange with
// its chip, inside a print or alone.
#include "tests/sim/host_process.h"

#include <algorithm>

namespace rekam::sim {

using model::Code;

namespace {

wire::Failure failure_of(Code code, model::Effect effect) {
    wire::Failure failure;
    failure.code = code;
    failure.message = "the printer says so";
    failure.effect = effect;
    return failure;
}

bool has_chip(const wire::HostRun& run) {
    return std::ranges::find(run.print->steps, model::CardStep::chip) != run.print->steps.end();
}

} // namespace

/// The device's thread inside a print, at one of its waking points.
void HostProcess::work_print(Place& place) {
    RunScript& script = *place.run;
    if (script.waits_for_go || script.at_chip || (script.hangs && !script.interrupted))
        return;
    if (!script.begun) {
        if (script.interrupted && !script.ignores_interrupt)
            return end_print(place, failure_of(Code::cancelled, model::Effect::none));
        if (script.failure && world_.random.chance(500))
            return end_print(place, failure_of(*script.failure, model::Effect::none));
        if (script.mishap == Mishap::ribbon_out)
            return end_print(place, failure_of(Code::ribbon_out, model::Effect::none));
        script.waits_for_go = true;
        return step(place.no, host::Begins{script.call, {Hardware::evidence(*place.device)}});
    }
    if (has_chip(script.run) && !script.chip_done) {
        script.at_chip = true;
        return step(place.no, host::AtChip{script.call});
    }
    if (script.chip_failed || script.interrupted)
        return end_print(place,
                         failure_of(script.interrupted ? Code::cancelled : Code::card_mute, model::Effect::none));
    if (script.failure && world_.random.chance(300)) // it fell silent: the card may be done or not
        return end_print(place, failure_of(*script.failure, model::Effect::unknown));
    if (script.mishap == Mishap::jam)
        return end_print(place, failure_of(Code::jam, model::Effect::none));
    hardware_.print_card(*place.device, script.job);
    if (script.mishap == Mishap::dies) {
        ended_ = true;
        return exit(0, 11);
    }
    if (script.failure)
        return end_print(place, failure_of(*script.failure, model::Effect::done));
    end_print(place, std::nullopt);
}

void HostProcess::end_print(Place& place, std::optional<wire::Failure> failure) {
    host::RunEnded ended{place.run->call, std::move(failure), wire::HostPrinted{}};
    ended.printed->card_at = ended.failure ? model::CardAt::reject : model::CardAt::exit;
    ended.printed->counter_after = place.device->cards;
    place.run.reset();
    hardware_.end_job(*place.device, owner());
    step(place.no, std::move(ended));
}

void HostProcess::perform(host::DeviceNo no, host::Go& effect) {
    Place& place = places_.at(no);
    if (!place.run || place.run->call != effect.call)
        return;
    place.run->waits_for_go = false;
    place.run->begun = true;
    hardware_.begin_card(place.run->job);
    go_on(place, effect.call, world_.between(1'000, 800'000));
}

void HostProcess::perform(host::DeviceNo no, host::ChipOver& effect) {
    Place& place = places_.at(no);
    if (!place.run || place.run->call != effect.call || !place.run->at_chip)
        return;
    place.run->at_chip = false;
    place.run->chip_done = true;
    place.run->chip_failed = effect.failed;
    go_on(place, effect.call, world_.between(1'000, 400'000));
}

/// True: the print waited at the chip station, and gives up there.
bool HostProcess::interrupt_print(Place& place) {
    RunScript& script = *place.run;
    if (!script.run.print || !script.begun)
        return false;
    script.interrupted = script.chip_done = true;
    if (std::exchange(script.at_chip, false))
        go_on(place, script.call, world_.between(1'000, 400'000));
    return true;
}

void HostProcess::begin_card(Place& place, const host::Run& effect) {
    place.card = CardScript{effect.call, effect.inside != 0};
    const auto call = effect.call;
    after(world_.between(1'000, 300'000), [this, &place, call] {
        if (!place.card || place.card->call != call)
            return;
        if (world_.fault(world_.rates.open_fails))
            return end_card(place, failure_of(Code::card_mute, model::Effect::none));
        wire::CardInfo card;
        card.atr = "3b00";
        step(place.no, host::CardOpened{call, card});
    });
}

void HostProcess::end_card(Place& place, std::optional<wire::Failure> failure) {
    const CardScript card = *place.card;
    place.card.reset();
    if (!card.inside && place.run && place.run->call == card.call) {
        place.run.reset();
        hardware_.end_job(*place.device, owner());
    }
    step(place.no, host::RunEnded{card.call, std::move(failure), {}});
}

void HostProcess::perform(host::DeviceNo no, host::Transmit& effect) {
    after(world_.between(500, 200'000), [this, no, effect] {
        Place& place = places_.at(no);
        if (!place.card || place.card->call != effect.call || world_.fault(world_.rates.run_hangs))
            return;
        wire::HostAnswers answers;
        answers.exchange = effect.apdus.exchange;
        if (world_.fault(world_.rates.run_fails)) {
            answers.failure = failure_of(Code::card_removed, model::Effect::none);
            step(no, host::CardAnswered{effect.call, answers});
            if (place.card && place.card->call == effect.call)
                end_card(place, answers.failure);
            return;
        }
        answers.responses.assign(effect.apdus.commands.size(), "9000");
        step(no, host::CardAnswered{effect.call, answers});
    });
}

void HostProcess::perform(host::DeviceNo no, host::CloseCard& effect) {
    after(world_.between(100, 50'000), [this, no, call = effect.call] {
        Place& place = places_.at(no);
        if (place.card && place.card->call == call)
            end_card(place, std::nullopt);
    });
}

bool HostProcess::interrupt_card(Place& place, host::CallId call) {
    if (!place.card || place.card->call != call)
        return false;
    after(world_.between(100, 1'000'000), [this, &place, call] {
        if (place.card && place.card->call == call)
            end_card(place, failure_of(Code::cancelled, model::Effect::none));
    });
    return true;
}

} // namespace rekam::sim
