// SPDX-License-Identifier: Apache-2.0
// The store: what is durable survives everything, what is not may be lost, in order.
#pragma once

#include "core/broker/effect.h"
#include "tests/sim/world.h"

#include <deque>

namespace rekam::sim {

class Disk {
  public:
    using Answer = std::function<void(broker::Event)>;

    Disk(World& world, Answer answer) : world_(world), answer_(std::move(answer)) {}

    void append(broker::Append effect);
    void lookup(const broker::Lookup& effect);

    /// rekamd or the machine ended: a random beginning of what was asked for is durable, the rest never was.
    void crash();
    /// rekamd ended in order: it waited for its store.
    void flush();

    [[nodiscard]] bool holds(const std::string& kind, const std::string& key) const {
        return rows_.contains({kind, key});
    }
    [[nodiscard]] std::string body(const std::string& kind, const std::string& key) const {
        const auto found = rows_.find({kind, key});
        return found == rows_.end() ? std::string() : found->second;
    }
    [[nodiscard]] std::vector<broker::Record> records() const;
    [[nodiscard]] const std::vector<broker::Entry>& journal() const { return journal_; }
    [[nodiscard]] bool is_idle() const { return pending_.empty(); }
    [[nodiscard]] std::int64_t mended_us() const { return std::max(broken_until_us_, full_until_us_); }
    std::int64_t next_epoch() { return ++epoch_; }

  private:
    void write(const broker::Append& append);
    void work();
    void spoil();
    bool takes(const broker::Append& append);
    [[nodiscard]] bool is_full() const { return full_until_us_ > world_.schedule.now_us(); }

    World& world_;
    Answer answer_;
    std::map<std::pair<std::string, std::string>, std::string> rows_;
    std::vector<broker::Entry> journal_;
    std::deque<broker::Append> pending_;
    std::uint64_t life_ = 0;
    std::int64_t epoch_ = 0, broken_until_us_ = 0, full_until_us_ = 0, reserve_left_ = 0, answered_us_ = 0;
    bool full_ = false, busy_ = false, fails_once_ = false;
};

} // namespace rekam::sim
