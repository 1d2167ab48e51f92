// SPDX-License-Identifier: Apache-2.0
// What must be true of the broker's tables after every single step. One function per invariant; its name is what a
// failing run prints.
#pragma once

#include "core/base/clock.h"
#include "core/broker/state.h"
#include "tests/sim/violation.h"

namespace rekam::sim {

class StateChecker {
  public:
    void station_started();
    void check(const broker::State& state, const Now& now, const std::set<wire::Descriptor>& descriptors);

  private:
    // invariants_leases.cc
    static void one_holder_per_slot(const broker::State& state);
    static void leases_hold_all_slots_or_none(const broker::State& state);
    static void waiters_stand_in_one_line(const broker::State& state);
    void nobody_is_overtaken(const broker::State& state);
    static void nobody_waits_for_free_slots(const broker::State& state);
    static void leases_end_when_they_expire(const broker::State& state, const Now& now);
    static void nothing_is_owned_by_a_dead_session(const broker::State& state);
    static void closed_cases_own_nothing(const broker::State& state);
    static void previews_have_their_lease(const broker::State& state);
    void held_slots_are_not_leased(const broker::State& state);
    // invariants_jobs.cc
    static void jobs_are_where_they_say(const broker::State& state);
    static void jobs_without_lease_are_being_ended(const broker::State& state);
    static void keys_name_open_jobs(const broker::State& state);
    static void jobs_end_by_their_deadline(const broker::State& state, const Now& now);
    static void frames_belong_to_their_session(const broker::State& state);
    static void frames_belong_to_jobs_that_may_keep_them(const broker::State& state);
    static void descriptors_are_those_of_frames(const broker::State& state,
                                                const std::set<wire::Descriptor>& descriptors);
    // invariants_station.cc
    void fences_and_epochs_only_grow(const broker::State& state);
    void stream_numbers_only_grow(const broker::State& state);
    static void queues_are_bounded(const broker::State& state);
    static void one_host_per_device(const broker::State& state);
    static void devices_and_hosts_agree(const broker::State& state);
    static void slots_and_devices_agree(const broker::State& state);
    static void places_are_looked_at_again(const broker::State& state, const Now& now);
    static void children_are_watched(const broker::State& state);
    static void mending_is_bounded(const broker::State& state);
    // invariants_cards.cc
    static void the_ledger_adds_up(const broker::State& state);

    std::map<std::string, std::int64_t> fences_; ///< of all lives
    std::map<std::string, std::int64_t> streams_;
    std::set<broker::LeaseNo> passed_over_;              ///< they waited for a slot that was held
    std::map<std::string, broker::LeaseNo> held_leases_; ///< by held slot: the lease that it had when it was held
    std::int64_t station_epoch_ = 0, gate_epoch_ = 0;
};

} // namespace rekam::sim
