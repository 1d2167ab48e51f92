// SPDX-License-Identifier: Apache-2.0
// The clocks of this machine, for the shells; the pure parts get what they read here.
#pragma once

#include "core/base/clock.h"

#include <string>

namespace rekam::io {

/// Not thread-safe: one per thread.
class Clock {
  public:
    /// All clocks at once. Whether the wall clock is synchronised is asked from the kernel at most once a second.
    Now now();

  private:
    std::int64_t asked_us_ = -us_per_s;
    bool synced_ = false;
};

/// The kernel's id of this boot, 32 hex digits. Throws std::runtime_error where there is no /proc.
std::string boot_id();

} // namespace rekam::io
