// SPDX-License-Identifier: Apache-2.0
// The life of one supervised process, and when its successor may be started.
//
//             hello            kill
//   starting ───────▶ up ─────────────▶ ending          A process that does not die is abandoned: `stuck`.
//      │ kill ──────────────────────────▲  │            Its device is not opened again until it is gone.
//      │                                   │ exited
//      └──────── exited, spawn_failed ──▶ leaving ──gone (the whole tree)──▶ gone
#pragma once

#include "core/base/clock.h"
#include "core/model/names.h"

#include <cstdint>
#include <deque>
#include <optional>

namespace rekam::model {

enum class ChildState : std::uint8_t { starting, up, ending, leaving, gone, stuck };
template <> struct Names<ChildState> {
    static constexpr std::array<std::string_view, 6> values{"starting", "up", "ending", "leaving", "gone", "stuck"};
};
enum class ChildEvent : std::uint8_t { spawn_failed, hello, kill, exited, gone, stuck };
template <> struct Names<ChildEvent> {
    static constexpr std::array<std::string_view, 6> values{"spawn-failed", "hello", "kill", "exited", "gone", "stuck"};
};
std::optional<ChildState> next(ChildState state, ChildEvent event);

/// The figures of [supervision] that decide on restarts.
struct RestartPolicy {
    std::int64_t backoff_min_ms = 100, backoff_max_ms = 30'000, reset_after_ms = 60'000;
    std::int64_t quarantine_failures = 5, quarantine_window_ms = 60'000; ///< failures 0: never
};

/// Counts failures and says when to try again: at once, then after 0.1 s doubling to 30 s.
class Restarts {
  public:
    /// A failure at `now`; the delay before the next start in ms, or empty for quarantine.
    std::optional<std::int64_t> failed(const Now& now, const RestartPolicy& policy);
    /// Forgets everything: an administrator cleared the quarantine, or the device is another one now.
    void clear();
    [[nodiscard]] std::int64_t total() const { return total_; } ///< failures since the station started

  private:
    std::deque<std::int64_t> recent_us_; ///< within the window
    std::int64_t last_us_ = -1;
    std::int64_t in_row_ = 0;
    std::int64_t total_ = 0;
};

} // namespace rekam::model
