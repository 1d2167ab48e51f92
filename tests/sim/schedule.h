// SPDX-License-Identifier: Apache-2.0
// What happens when, on the virtual clock. Things due at one moment happen in the order in which they were asked for.
#pragma once

#include "core/base/clock.h"

#include <functional>
#include <map>
#include <memory>

namespace rekam::sim {

class Schedule {
  public:
    /// Does nothing and returns false when it is out of date; else it counts as a step.
    using Happening = std::function<bool()>;

    [[nodiscard]] std::int64_t now_us() const { return now_us_; }

    void at(std::int64_t due_us, Happening happening) {
        queue_.emplace(std::pair{std::max(due_us, now_us_), ++sequence_}, std::move(happening));
    }
    void after(std::int64_t delay_us, Happening happening) { at(now_us_ + delay_us, std::move(happening)); }

    [[nodiscard]] bool empty() const { return queue_.empty(); }
    [[nodiscard]] std::int64_t next_us() const { return queue_.empty() ? never_us : queue_.begin()->first.first; }

    /// Takes out the next happening; the clock stands at its moment from now on.
    Happening take() {
        auto node = queue_.extract(queue_.begin());
        now_us_ = node.key().first;
        return std::move(node.mapped());
    }

  private:
    std::int64_t now_us_ = us_per_s * 100;
    std::uint64_t sequence_ = 0;
    std::map<std::pair<std::int64_t, std::uint64_t>, Happening> queue_;
};

/// A timer that fires once at the time it was last set to, or a little later, as real ones do.
class Alarm {
  public:
    explicit Alarm(Schedule& schedule) : schedule_(schedule) {}

    void set(std::int64_t due_us, std::int64_t late_us, std::function<void()> ring) {
        if (*generation_ != 0 && due_us == due_us_)
            return;
        due_us_ = due_us;
        const auto mine = ++*generation_;
        if (due_us == never_us)
            return;
        schedule_.at(due_us + late_us, [this, mine, kept = generation_, run = std::move(ring)] {
            if (*kept != mine)
                return false;
            due_us_ = never_us;
            run();
            return true;
        });
    }
    ~Alarm() { ++*generation_; }
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

  private:
    Schedule& schedule_;
    std::int64_t due_us_ = never_us;
    std::shared_ptr<std::uint64_t> generation_ = std::make_shared<std::uint64_t>(0);
};

} // namespace rekam::sim
