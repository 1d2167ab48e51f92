// SPDX-License-Identifier: Apache-2.0
#include "core/broker/stop.h"

#include "core/broker/children.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/previews.h"
#include "core/broker/statistics.h"
#include "core/broker/views.h"

#include <algorithm>

namespace rekam::broker {
namespace {

bool any_child(const State& s, bool gate) {
    return std::ranges::any_of(s.children, [&](const auto& entry) {
        return (entry.second.kind == ChildKind::gate) == gate && entry.second.state != model::ChildState::stuck;
    });
}

void ask_to_end(Step& step, bool gate) {
    for (auto& [id, child] : step.s.children) {
        if ((child.kind == ChildKind::gate) != gate)
            continue;
        child.done = true;
        wire::Prefix prefix;
        prefix.incarnation = gate ? static_cast<std::uint64_t>(step.s.gate.epoch) : id;
        step.send(id, gate ? wire::Type::gate_stop : wire::Type::host_stop, {}, prefix);
    }
}

void enter(Step& step, Stopping phase, std::int64_t at_most_ms) {
    step.s.stopping = phase;
    step.s.timers.arm({Timer::Kind::stop_phase, 0}, step.in_ms(at_most_ms));
}

} // namespace

bool has_card_under_way(const State& s) {
    return std::ranges::any_of(s.jobs, [](const auto& entry) {
        const Job& job = entry.second;
        return job.print && (job.phase == model::JobPhase::committing || job.phase == model::JobPhase::sent);
    });
}

void stop(Step& step) {
    State& s = step.s;
    if (s.stopping != Stopping::no)
        return;
    step.log(Level::info, "station", "stopping");
    // Half of the time that children get is for the jobs, as interrupted plugins need some to return.
    enter(step, Stopping::jobs, s.config.supervision.stop_ms_max / 2);
    touch_station(step);
    end_all_previews(step, model::EndCause::stopping);
    interrupt_all_jobs(step, model::EndCause::stopping);
    stop_goes_on(step);
}

void stop_goes_on(Step& step) {
    State& s = step.s;
    if (s.stopping == Stopping::jobs && s.jobs.empty()) {
        enter(step, Stopping::hosts, s.config.supervision.stop_ms_max / 2);
        ask_to_end(step, false);
        write_statistics(step); // hosts and gate need longer than the disk
    }
    if (s.stopping == Stopping::hosts && !any_child(s, false)) {
        enter(step, Stopping::gate, s.config.supervision.stop_ms_max / 2);
        s.timers.disarm({Timer::Kind::gate_retry, 0});
        ask_to_end(step, true);
    }
    if (s.stopping == Stopping::gate && !any_child(s, true)) {
        s.stopping = Stopping::over;
        s.timers.disarm({Timer::Kind::stop_phase, 0});
        step.exit_wanted = true;
        journal_stop(step);
    }
}

void stop_phase_over(Step& step) {
    State& s = step.s;
    if (s.stopping == Stopping::jobs &&
        has_card_under_way(s)) // a card that has begun is finished; it has its own bound
        return s.timers.arm({Timer::Kind::stop_phase, 0}, step.in_ms(s.config.supervision.stop_ms_max / 2));
    const bool gate = s.stopping == Stopping::gate;
    std::vector<ChildId> late;
    for (const auto& [id, child] : s.children)
        if ((child.kind == ChildKind::gate) == gate)
            late.push_back(id);
    for (const auto id : late)
        kill_child(step, id,
                   model::make_error(model::Code::broken_promise, "it did not end in time when the station stopped"));
    // Killed hosts end their jobs; those phases go on from the events that follow. Should even those not come:
    s.timers.arm({Timer::Kind::stop_phase, 0}, step.in_ms(s.config.supervision.stop_ms_max / 2));
}

} // namespace rekam::broker
