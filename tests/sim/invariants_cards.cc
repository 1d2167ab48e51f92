// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/invariants.h"

namespace rekam::sim {

/// Every blank is somewhere, once; those whose end nobody saw are those of the outcomes that are open.
void StateChecker::the_ledger_adds_up(const broker::State& state) {
    std::map<std::string, std::int64_t> open;
    for (const auto& key : state.open_outcomes) {
        const auto ended = state.ended.find(key);
        require(ended != state.ended.end() && ended->second.record, "open_outcomes_are_kept", key);
        const auto& job = *ended->second.record;
        require(job.outcome == model::JobState::unknown && !job.reconciled, "open_outcomes_are_kept",
                job.job + " is not open");
        if (job.blank)
            ++open[job.device.value_or("")];
    }
    for (const auto& [device, hopper] : state.hoppers) {
        const auto used = hopper.issued + hopper.rejected + hopper.spoiled + hopper.unknown;
        require(hopper.loaded + hopper.difference == used + hopper.left, "the_ledger_adds_up",
                device + ": " + std::to_string(hopper.loaded) + " and " + std::to_string(hopper.difference) +
                    " are not " + std::to_string(used) + " and " + std::to_string(hopper.left));
        require(hopper.left >= 0 && hopper.issued >= 0 && hopper.rejected >= 0 && hopper.spoiled >= 0,
                "the_ledger_adds_up", device + " has less than nothing");
        require(hopper.unknown == open[device], "the_ledger_adds_up",
                device + " has " + std::to_string(hopper.unknown) + " unknown blanks for " +
                    std::to_string(open[device]) + " open prints");
        std::set<std::string> jobs;
        for (const auto& blank : hopper.blanks)
            require(jobs.insert(blank.job).second, "a_blank_is_counted_once", blank.job);
        require(hopper.blanks.size() <= 32 && hopper.pace.size() <= 34, "queues_are_bounded", device);
    }
}

} // namespace rekam::sim
