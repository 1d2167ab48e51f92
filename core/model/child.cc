// SPDX-License-Identifier: Apache-2.0
#include "core/model/child.h"

#include "core/model/machine.h"

#include <algorithm>

namespace rekam::model {

std::optional<ChildState> next(ChildState state, ChildEvent event) {
    using S = ChildState;
    using E = ChildEvent;
    static constexpr Machine<S, E, 6, 6> machine{
        {S::starting, E::hello, S::up},
        {S::starting, E::spawn_failed, S::gone},
        {S::starting, E::kill, S::ending},
        {S::starting, E::exited, S::leaving},
        {S::up, E::kill, S::ending},
        {S::up, E::exited, S::leaving},
        {S::ending, E::exited, S::leaving},
        {S::ending, E::stuck, S::stuck},
        {S::leaving, E::gone, S::gone},
        {S::leaving, E::stuck, S::stuck},
        // A process given up as stuck may still end one day; then its device can be tried again.
        {S::stuck, E::exited, S::leaving},
        {S::stuck, E::gone, S::gone},
    };
    return machine.next(state, event);
}

std::optional<std::int64_t> Restarts::failed(const Now& now, const RestartPolicy& policy) {
    ++total_;
    if (last_us_ >= 0 && now.mono_us - last_us_ >= policy.reset_after_ms * us_per_ms) {
        in_row_ = 0;
        recent_us_.clear();
    }
    last_us_ = now.mono_us;
    recent_us_.push_back(now.mono_us);
    while (recent_us_.front() < now.mono_us - policy.quarantine_window_ms * us_per_ms)
        recent_us_.pop_front();
    ++in_row_;
    if (policy.quarantine_failures > 0 && std::ssize(recent_us_) >= policy.quarantine_failures)
        return std::nullopt;
    if (in_row_ == 1)
        return 0;
    const auto doublings = std::min<std::int64_t>(in_row_ - 2, 30);
    return std::min(policy.backoff_max_ms, policy.backoff_min_ms << doublings);
}

void Restarts::clear() {
    recent_us_.clear();
    last_us_ = -1;
    in_row_ = 0;
}

} // namespace rekam::model
