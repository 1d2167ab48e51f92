// SPDX-License-Identifier: Apache-2.0
// Time is a parameter: the pure parts never read a clock, their shells hand them this.
#pragma once

#include <cstdint>

namespace rekam {

/// One reading of every clock that Rekam records, taken together by a shell (or invented by the simulator).
struct Now {
    std::int64_t mono_us = 0; ///< CLOCK_MONOTONIC: deadlines and freshness; stands still during suspend
    std::int64_t boot_us = 0; ///< CLOCK_BOOTTIME: leases; goes on during suspend
    std::int64_t utc_us = 0;  ///< wall clock, for records only; it may jump
    bool synced = false;      ///< whether the wall clock was synchronised
};

constexpr std::int64_t us_per_ms = 1'000;
constexpr std::int64_t us_per_s = 1'000'000;
constexpr std::int64_t never_us = INT64_MAX;

} // namespace rekam
