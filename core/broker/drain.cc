// SPDX-License-Identifier: Apache-2.0
#include "core/broker/drain.h"

#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/persons.h"
#include "core/broker/prints.h"
#include "core/broker/promises.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::DrainCause;
using model::JobPhase;
using model::make_error;

constexpr std::int64_t hysteresis_percent = 5; ///< so that a battery at the limit does not open and close the station

bool is_one(const Job& job) { return job.print || (job.card && job.record.intent == model::CardIntent::write); }

const wire::DrainState* in_force(const State& s) { return s.drain ? &*s.drain : s.low_power ? &*s.low_power : nullptr; }

void save(Step& step) { step.save("drain", "station", step.s.drain ? wire::encode(*step.s.drain) : ""); }

wire::DrainResult result_of(const State& s) {
    wire::DrainResult result;
    if (const auto* drain = in_force(s))
        result.drain = *drain;
    result.side_effects = side_effects_under_way(s);
    return result;
}

} // namespace

bool begins_card(const Job& job) { return is_one(job) && (!job.card || job.card->print == 0); }

void end_waiting_cards(Step& step, const model::Error& error) {
    const auto waits = [](const Job& job) {
        const bool early =
            job.phase == JobPhase::accepted || job.phase == JobPhase::recording || job.phase == JobPhase::waiting;
        return early && begins_card(job);
    };
    std::vector<JobNo> waiting;
    for (const auto& [no, job] : step.s.jobs)
        if (waits(job))
            waiting.push_back(no);
    for (const auto no : waiting)
        if (const auto job = step.s.jobs.find(no); job != step.s.jobs.end() && waits(job->second))
            end_job(step, no, model::HostEnd::failed, error);
}

std::optional<model::Error> draining(const State& s) {
    const auto* drain = in_force(s);
    if (!drain)
        return std::nullopt;
    return make_error(Code::draining, "the station begins no cards now: " + drain->reason + " (" + drain->by +
                                          "); try again when it takes work again");
}

std::int64_t side_effects_under_way(const State& s) {
    return std::ranges::count_if(s.jobs, [](const auto& entry) { return is_one(entry.second); });
}

void station_drain(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& params = std::get<wire::StationDrainParams>(asked.request.params);
    if (trimmed(params.by.value).empty())
        return step.reply(asked.reply_to,
                          make_error(Code::out_of_range, "params.by must name the person", "params.by"));
    if (params.on && (!params.reason || trimmed(params.reason->value).empty()))
        return step.reply(asked.reply_to, make_error(Code::bad_request,
                                                     "params.reason is missing: say why, it is shown to everybody who "
                                                     "is refused",
                                                     "params.reason"));
    const auto before = s.drain;
    s.drain.reset();
    if (params.on)
        s.drain = wire::DrainState{DrainCause::person, params.reason->value, trimmed(params.by.value), step.time()};
    save(step);
    touch_station(step);
    step.log(Level::info, "station", params.on ? "takes no new side effects" : "takes side effects again");
    journal_drain(step, params.on, DrainCause::person, trimmed(params.by.value),
                  params.reason ? std::optional(params.reason->value) : std::nullopt);
    if (params.on)
        end_waiting_cards(step, *draining(s));
    promise(step, asked.reply_to, wire::encode(result_of(s)), [before](Step& back) {
        back.s.drain = before;
        save(back);
        touch_station(back);
    });
}

void power_seen(Step& step, const PowerSeen& event) {
    State& s = step.s;
    const std::int64_t limit = s.config.drain_below_percent;
    if (limit > 0 && event.on_battery && event.percent && *event.percent < limit) {
        if (s.low_power)
            return;
        s.low_power = wire::DrainState{DrainCause::power, "the battery is at " + std::to_string(*event.percent) + " %",
                                       "station", step.time()};
        journal_drain(step, true, DrainCause::power, "", s.low_power->reason);
        step.log(Level::warning, "station", s.low_power->reason + ": takes no new side effects");
        end_waiting_cards(step, *draining(s));
        return touch_station(step);
    }
    const bool enough = !event.on_battery || !event.percent || *event.percent >= limit + hysteresis_percent;
    if (!s.low_power || (limit > 0 && !enough))
        return;
    s.low_power.reset();
    journal_drain(step, false, DrainCause::power, "", {});
    step.log(Level::info, "station", "power is back");
    touch_station(step);
}

void restore_drain(State& s, const Record& record) {
    if (auto read = wire::decode<wire::DrainState>(record.body))
        s.drain = std::move(*read);
}

} // namespace rekam::broker
