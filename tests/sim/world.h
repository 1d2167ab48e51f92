// SPDX-License-Identifier: Apache-2.0
// What every part of a simulated station shares: time, chance, descriptors, the trace, and which faults may happen.
#pragma once

#include "core/base/clock.h"
#include "tests/sim/handles.h"
#include "tests/sim/random.h"
#include "tests/sim/schedule.h"
#include "tests/sim/trace.h"
#include "tests/sim/violation.h"

namespace rekam::sim {

/// Chances in thousandths. Every run draws its own, and leaves half of the faults out: rare combinations come up too.
struct Rates {
    std::int64_t spawn_fails = 0, child_crashes = 0, child_stuck = 0, child_stalls = 0, child_lies = 0;
    std::int64_t open_fails = 0, open_hangs = 0;
    std::int64_t run_fails = 0, run_hangs = 0, run_ignores_interrupt = 0, run_wrong_frames = 0, run_stale = 0,
                 run_unsealed = 0, run_slow = 0;
    std::int64_t list_changes = 0, list_fails = 0, capabilities_change = 0;
    std::int64_t disk_slow = 0, disk_fails = 0, disk_fills = 0;
    std::int64_t station_crashes = 0, station_stops = 0, gate_crashes = 0, reloads = 0, suspends = 0, wall_jumps = 0,
                 power_fails = 0;
    std::int64_t channel_slow = 0;
    std::int64_t client_vanishes = 0, client_pauses = 0, client_errs = 0, client_mends = 0;
};

struct World {
    World(std::uint64_t seed, bool print) : random(seed), trace(print) {}

    Random random;
    Schedule schedule;
    Trace trace;
    Handles handles;
    Rates rates;
    bool faults = true;
    bool exact = false;            ///< no chance in delays and devices: for the exhaustive search
    std::int64_t suspended_us = 0; ///< boot - mono
    std::int64_t wall_us = 1'780'000'000LL * us_per_s;
    Owner last_owner = rekamd;

    [[nodiscard]] Now now() const {
        const auto mono_us = schedule.now_us();
        return {mono_us, mono_us + suspended_us, mono_us + suspended_us + wall_us, true};
    }
    bool fault(std::int64_t rate) { return faults && rate > 0 && random.chance(rate); }

    /// How long a message or a system call takes.
    std::int64_t delay_us() {
        if (exact)
            return 50;
        if (fault(rates.channel_slow))
            return random.between(1'000, 80'000);
        return random.between(20, 400);
    }
    std::int64_t between(std::int64_t low, std::int64_t high) { return exact ? low : random.between(low, high); }

    void say(std::string_view who, std::string_view what) { trace.add(schedule.now_us(), who, what); }
    /// A happening that is void when `alive` is not.
    template <class Alive, class Run> void after(std::int64_t delay, Alive alive, Run run) {
        schedule.after(delay, [alive = std::move(alive), run = std::move(run)] {
            if (!alive())
                return false;
            run();
            return true;
        });
    }
};

} // namespace rekam::sim
