// SPDX-License-Identifier: Apache-2.0
// What must be true of the journal and the records on the disk, in all lives of the station.
#pragma once

#include "core/broker/state.h"
#include "tests/sim/disk.h"

namespace rekam::sim {

class JournalChecker {
  public:
    explicit JournalChecker(const Disk& disk) : disk_(disk) {}

    /// After every step.
    void check(const broker::State& state, std::int64_t now_us);

  private:
    struct Ending {
        std::string outcome;
        bool restart = false;
    };

    void read(const broker::Entry& entry);
    void one_intent_per_key(const std::string& job, const std::string& key);
    void a_store_that_works_is_used(const broker::State& state, std::int64_t now_us) const;
    void what_is_gathered_is_written(const broker::State& state, std::int64_t now_us);
    void what_ended_is_on_the_disk(const broker::State& state) const;

    const Disk& disk_;
    std::optional<std::int64_t> gathered_since_us_;
    std::int64_t gathered_epoch_ = 0;
    std::size_t read_ = 0;                            ///< entries
    std::map<std::string, std::string> open_intents_; ///< client and idem -> job
    std::map<std::string, Ending> ends_;              ///< by job
};

} // namespace rekam::sim
