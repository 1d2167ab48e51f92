// SPDX-License-Identifier: Apache-2.0
#include "core/broker/ledger.h"

#include "core/broker/journal.h"
#include "core/broker/promises.h"
#include "core/broker/refusals.h"
#include "core/wire/codec.h"

#include <algorithm>
#include <utility>

namespace rekam::broker {
namespace {

using model::Blank;
using model::CardAt;
using model::Code;
using model::make_error;

constexpr std::size_t blanks_kept = 32;
constexpr std::int64_t quarter_us = 900 * us_per_s, hour_us = 3'600 * us_per_s;
constexpr std::int64_t pause_us = 2 * hour_us; ///< a longer one is no work: lunch is shorter, the night is not
constexpr std::int64_t pace_kept_us = 8 * hour_us;
constexpr std::int64_t cards_to_judge = 5;

std::int64_t& place_of(wire::Hopper& hopper, Blank end) {
    switch (end) {
    case Blank::issued: return hopper.issued;
    case Blank::rejected: return hopper.rejected;
    case Blank::spoiled: return hopper.spoiled;
    case Blank::unknown: return hopper.unknown;
    case Blank::left: break;
    }
    return hopper.left;
}

/// Takes cards out. What was not thought to be in it is a difference, and told as one.
void take(wire::Hopper& hopper, std::int64_t count) {
    const std::int64_t missing = std::max<std::int64_t>(0, count - hopper.left);
    hopper.left -= count - missing;
    hopper.difference += missing;
}

void note_use(wire::Hopper& hopper, std::int64_t utc_us) {
    auto& pace = hopper.pace;
    // After a clock that jumped back, the quarters of the future tell nothing.
    std::erase_if(pace, [&](const wire::Pace& quarter) {
        return quarter.from_utc_us > utc_us || quarter.from_utc_us < utc_us - pace_kept_us;
    });
    if (pace.empty() || pace.back().from_utc_us + quarter_us <= utc_us)
        pace.push_back({utc_us, 0});
    ++pace.back().cards;
}

/// The blank that a print took, and how it ended; empty where it took none.
std::optional<Blank> end_of(const wire::Job& job) {
    const CardAt at = job.card_at.value_or(CardAt::unknown);
    if (job.effect == model::Effect::unknown)
        return Blank::unknown;
    if (at == CardAt::none || at == CardAt::hopper)
        return std::nullopt;
    if (at == CardAt::reject)
        return Blank::rejected;
    return job.outcome == model::JobState::done ? Blank::issued : Blank::spoiled;
}

void save(Step& step, const std::string& device) {
    step.save("hopper", device, wire::encode(step.s.hoppers.at(device)));
}

wire::HopperView view_of(const Step& step, const std::string& device, const wire::Hopper& hopper, bool with_blanks) {
    wire::HopperView view;
    view.device = device;
    const auto known = step.s.device_ids.find(device);
    for (const auto& [name, slot] : step.s.slots)
        if (known != step.s.device_ids.end() && slot.device == known->second &&
            slot.config.function == model::Function::card_printer)
            view.slots.push_back(name);
    view.loaded = hopper.loaded;
    view.issued = hopper.issued;
    view.rejected = hopper.rejected;
    view.spoiled = hopper.spoiled;
    view.unknown = hopper.unknown;
    view.left = hopper.left;
    view.difference = hopper.difference;
    view.counted_at = hopper.counted_at;
    if (with_blanks)
        view.blanks = hopper.blanks;
    const auto ahead = hopper.counted_at ? forecast(hopper, step.now.utc_us) : std::nullopt;
    if (!ahead)
        return view;
    view.per_hour = ahead->per_hour;
    if (hopper.left > 0) {
        view.empty_at = step.time();
        view.empty_at->utc_us += ahead->empty_in_us;
        view.empty_at->mono_us += ahead->empty_in_us;
    }
    return view;
}

/// The device whose hopper a request is about.
wire::Expected<std::string> device_of(const State& s, const std::string& name) {
    const auto slot = s.slots.find(name);
    if (slot == s.slots.end())
        return unknown_slot(name);
    if (slot->second.config.function != model::Function::card_printer)
        return make_error(Code::out_of_range, "params.slot: slot " + name + " is no card-printer and has no hopper",
                          "params.slot");
    const auto device = s.devices.find(slot->second.device);
    if (device != s.devices.end())
        return device->second.id;
    return slot_unbound(name, slot->second.why_unbound);
}

/// Changes the hopper of a slot, and answers when that is durable. A change that the store could not write is taken
/// back.
void change(Step& step, const Asked& asked, LedgerChange what, const wire::Hopper& by) {
    const auto device = device_of(step.s, what.slot);
    if (!device)
        return step.reply(asked.reply_to, device.error());
    const auto add = [device = *device](Step& to, const wire::Hopper& more, std::int64_t sign) {
        wire::Hopper& hopper = to.s.hoppers[device];
        hopper.loaded += sign * more.loaded;
        hopper.spoiled += sign * more.spoiled;
        hopper.left += sign * more.left;
        hopper.difference += sign * more.difference;
        save(to, device);
    };
    wire::Hopper& hopper = step.s.hoppers[*device];
    const auto counted_before = hopper.counted_at;
    if (by.spoiled == 0) // somebody looked into it
        hopper.counted_at = step.time();
    add(step, by, 1);
    what.device = *device;
    journal_ledger(step, what, hopper);
    promise(step, asked.reply_to, wire::encode(wire::HopperResult{view_of(step, *device, hopper, true)}),
            [add, by, counted_before, device = *device](Step& to) {
                wire::Hopper& then = to.s.hoppers[device];
                then.counted_at = counted_before;
                add(to, by, -1);
                if (then.left >= 0)
                    return;
                // Cards that it had brought were used meanwhile, whatever the record says: they must have been there.
                then.difference -= std::exchange(then.left, 0);
                save(to, device);
            });
}

const wire::Hopper* hopper_of(const State& s, const std::string& slot) {
    const auto device = device_of(s, slot);
    const auto found = device ? s.hoppers.find(*device) : s.hoppers.end();
    return found == s.hoppers.end() ? nullptr : &found->second;
}

} // namespace

std::optional<Forecast> forecast(const wire::Hopper& hopper, std::int64_t now_utc_us) {
    std::int64_t cards = 0, first_us = now_utc_us;
    for (auto quarter = hopper.pace.rbegin(); quarter != hopper.pace.rend(); ++quarter) {
        const bool work = quarter->from_utc_us <= first_us && first_us - quarter->from_utc_us <= quarter_us + pause_us;
        if (!work)
            break;
        cards += quarter->cards;
        first_us = quarter->from_utc_us;
    }
    const std::int64_t span_us = now_utc_us - first_us;
    if (cards < cards_to_judge || span_us < quarter_us)
        return std::nullopt;
    return Forecast{std::max<std::int64_t>(1, (cards * hour_us + span_us / 2) / span_us),
                    hopper.left * span_us / cards};
}

void cards_get(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::CardsGetParams>(asked.request.params);
    wire::HopperList list;
    if (!params.slot) {
        for (const auto& [device, hopper] : step.s.hoppers)
            list.hoppers.push_back(view_of(step, device, hopper, false));
        return step.reply(asked.reply_to, wire::encode(list));
    }
    const auto device = device_of(step.s, params.slot->value);
    if (!device)
        return step.reply(asked.reply_to, device.error());
    const auto* hopper = hopper_of(step.s, params.slot->value);
    list.hoppers.push_back(view_of(step, *device, hopper ? *hopper : wire::Hopper{}, true));
    step.reply(asked.reply_to, wire::encode(list));
}

void cards_load(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::CardsLoadParams>(asked.request.params);
    wire::Hopper by;
    by.loaded = by.left = params.count;
    change(step, asked, {"cards.load", params.slot, {}, params.by, {}, params.count}, by);
}

void cards_count(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::CardsCountParams>(asked.request.params);
    const auto* hopper = hopper_of(step.s, params.slot);
    wire::Hopper by;
    by.left = by.difference = params.count - (hopper ? hopper->left : 0);
    const auto reason = params.reason ? std::optional(params.reason->value) : std::nullopt;
    change(step, asked, {"cards.count", params.slot, {}, params.by, reason, params.count}, by);
}

void cards_spoil(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::CardsSpoilParams>(asked.request.params);
    const auto* hopper = hopper_of(step.s, params.slot);
    wire::Hopper taken;
    const std::int64_t before = taken.left = hopper ? hopper->left : 0;
    take(taken, params.count);
    taken.left -= before;
    taken.spoiled = params.count;
    change(step, asked, {"cards.spoil", params.slot, {}, params.by, params.reason.value, params.count}, taken);
}

void restore_hopper(State& s, const Record& record) {
    if (auto read = wire::decode<wire::Hopper>(record.body))
        s.hoppers[record.key] = std::move(*read);
}

void book_blank(Step& step, wire::Job& job, const std::string& key) {
    const auto end = job.op == "print.start" ? end_of(job) : std::nullopt;
    if (!end || !job.device)
        return;
    wire::Hopper& hopper = step.s.hoppers[*job.device];
    take(hopper, 1);
    ++place_of(hopper, *end);
    job.blank = end;
    hopper.blanks.push_back({job.job, *end, job.blank_serial, job.card ? job.card->uid : std::nullopt});
    if (hopper.blanks.size() > blanks_kept)
        hopper.blanks.erase(hopper.blanks.begin());
    note_use(hopper, step.now.utc_us);
    save(step, *job.device);
    owe(step, key);
}

void move_blank(Step& step, wire::Job& job, const std::string& key, Blank to) {
    if (!job.blank || !job.device)
        return;
    wire::Hopper& hopper = step.s.hoppers[*job.device];
    --place_of(hopper, *job.blank);
    ++place_of(hopper, to);
    job.blank = to;
    for (auto& used : hopper.blanks)
        if (used.job == job.job)
            used.end = to;
    save(step, *job.device);
    owe(step, key);
}

} // namespace rekam::broker
