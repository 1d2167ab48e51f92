// SPDX-License-Identifier: Apache-2.0
#include "core/broker/statistics.h"

#include "core/broker/refusals.h"
#include "core/wire/codec.h"
#include "core/wire/rights.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::make_error;
using model::Operating;

constexpr std::size_t devices_max = 256; ///< remembered, also of those that are gone
constexpr std::size_t history_max = 32;  ///< changes of state, per device
constexpr std::int64_t write_every_ms = 60'000;

/// The device that has been silent for longest makes room for another.
void make_room(Step& step) {
    State& s = step.s;
    if (s.statistics.size() < devices_max)
        return;
    const auto last = [](const auto& entry) {
        const auto& of = entry.second;
        return of.history.empty() ? of.since.utc_us : of.history.back().at.utc_us;
    };
    auto oldest = s.statistics.end();
    for (auto each = s.statistics.begin(); each != s.statistics.end(); ++each)
        if (!s.device_ids.contains(each->first) && (oldest == s.statistics.end() || last(*each) < last(*oldest)))
            oldest = each;
    if (oldest == s.statistics.end())
        oldest = s.statistics.begin();
    step.save("statistics", oldest->first, "");
    s.uncounted.erase(oldest->first);
    s.statistics.erase(oldest);
}

wire::Statistics& statistics_of(Step& step, const std::string& device) {
    if (const auto found = step.s.statistics.find(device); found != step.s.statistics.end())
        return found->second;
    make_room(step);
    auto& fresh = step.s.statistics[device];
    fresh.device = device;
    fresh.since = step.time();
    return fresh;
}

wire::Statistics& changing(Step& step, const std::string& device) {
    auto& of = statistics_of(step, device);
    step.s.uncounted.insert(device);
    const Timer timer{Timer::Kind::statistics, 0};
    if (!step.s.timers.is_armed(timer))
        step.s.timers.arm(timer, step.in_ms(write_every_ms));
    return of;
}

/// Work is no event of a device's life, and neither is the moment of opening it.
std::optional<Operating> lasting(const Device& device) {
    const Operating state = device.failing ? Operating::down : model::shown(device.state);
    if (state == Operating::starting)
        return std::nullopt;
    if (state == Operating::busy)
        return device.degraded ? Operating::degraded : Operating::ready;
    return state;
}

void note(Step& step, const std::string& device, Operating state, std::optional<std::string> code) {
    const auto known = step.s.statistics.find(device);
    if (known != step.s.statistics.end() && !known->second.history.empty() &&
        known->second.history.back().state == state)
        return;
    auto& history = changing(step, device).history;
    if (history.size() == history_max)
        history.erase(history.begin());
    history.push_back({state, step.time(), std::move(code)});
}

} // namespace

void device_statistics(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::DeviceStatisticsParams>(asked.request.params);
    State& s = step.s;
    const std::string& id = params.device.value;
    if (!s.device_ids.contains(id) && !s.statistics.contains(id))
        return step.reply(asked.reply_to, unknown_device(id));
    const bool reset = params.reset.value_or(false);
    if (reset != params.by.has_value())
        return step.reply(asked.reply_to,
                          make_error(Code::bad_request,
                                     reset ? "say who resets them: send by, the name of whoever services the device"
                                           : "by goes with reset: send both, or neither",
                                     "params.by"));
    if (reset && !wire::may(s.sessions.at(asked.session).roles, wire::Op::slot_reset))
        return step.reply(asked.reply_to,
                          make_error(Code::denied,
                                     "reset needs the right technician; list the user under technician in [rights] of "
                                     "rekamd.toml, then say hello again",
                                     "params.reset"));
    auto& kept = statistics_of(step, id);
    step.reply(asked.reply_to, wire::encode(wire::StatisticsResult{kept})); // of a visit: as they were until then
    if (!reset)
        return;
    wire::Statistics fresh;
    fresh.device = id;
    fresh.since = step.time();
    fresh.reset_by = params.by->value;
    if (!kept.history.empty())
        fresh.history.push_back(kept.history.back()); // how it stands
    kept = std::move(fresh);
    s.uncounted.insert(id);
    write_statistics(step);
}

void restore_statistics(State& s, const Record& record) {
    if (auto read = wire::decode<wire::Statistics>(record.body); read && s.statistics.size() < devices_max)
        s.statistics[record.key] = std::move(*read);
}

bool has_begun(const Job& job) {
    switch (job.phase) {
    case model::JobPhase::accepted:
    case model::JobPhase::recording:
    case model::JobPhase::waiting:
    case model::JobPhase::ended: return false;
    default: return true;
    }
}

void count_job(Step& step, const Device& device, const wire::Job& record) {
    if (record.outcome == model::JobState::cancelled)
        return;
    auto& of = changing(step, device.id);
    if (record.outcome != model::JobState::done) {
        ++of.failures[record.error ? std::string(model::name(record.error->code)) : "internal"];
        return;
    }
    if (record.op == "print.start")
        ++of.prints;
    else if (record.op == "card.open")
        ++of.cards;
    else
        ++of.captures;
    if (record.attempt.value_or(1) > 1)
        ++of.retakes;
}

void count_busy(Step& step, const Device& device, std::int64_t busy_us) {
    changing(step, device.id).busy_ms += busy_us / us_per_ms;
}

void count_restart(Step& step, const Device& device) { ++changing(step, device.id).restarts; }

void note_states(Step& step) {
    static constexpr std::string_view prefix = "device.";
    for (const auto& stream : step.s.dirty) {
        if (!stream.starts_with(prefix))
            continue;
        const std::string id = stream.substr(prefix.size());
        const auto no = step.s.device_ids.find(id);
        if (no == step.s.device_ids.end()) {
            if (step.s.statistics.contains(id))
                note(step, id, Operating::absent, std::nullopt);
            continue;
        }
        const Device& device = step.s.devices.at(no->second);
        const auto state = lasting(device);
        if (!state)
            continue;
        const auto code = *state == Operating::ready ? std::nullopt
                          : device.failing           ? std::optional(Code::device_down)
                          : device.error             ? std::optional(device.error->code)
                                                     : std::nullopt;
        note(step, id, *state, code ? std::optional(std::string(model::name(*code))) : std::nullopt);
    }
}

void write_statistics(Step& step) {
    step.s.timers.disarm({Timer::Kind::statistics, 0});
    for (const auto& id : step.s.uncounted)
        if (const auto of = step.s.statistics.find(id); of != step.s.statistics.end())
            step.save("statistics", id, wire::encode(of->second));
    step.s.uncounted.clear();
}

} // namespace rekam::broker
