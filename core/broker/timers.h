// SPDX-License-Identifier: Apache-2.0
// What is due when, on Now::mono_us. One entry per (kind, number): arming again moves it.
#pragma once

#include "core/base/clock.h"

#include <compare>
#include <map>
#include <optional>
#include <set>

namespace rekam::broker {

struct Timer {
    enum class Kind : std::uint8_t {
        child_start,      ///< child: its first answer, its list or its end is overdue
        child_ping,       ///< child: ask whether it lives, or kill it
        gate_retry,       ///< start the gate again
        plugin_retry,     ///< plugin number: enumerate again
        device_retry,     ///< device number: open again
        device_call,      ///< device number: that its host opens or closes it is overdue
        job_deadline,     ///< job
        job_grace,        ///< job: the plugin's promise after an interrupt
        check_overdue,    ///< device number: a health check
        identify_overdue, ///< device number: that it shows which one it is
        device_reset,     ///< device number: a reset takes too long
        device_trial,     ///< device number: that it takes a slot over takes too long
        self_check,       ///< device number: how is it?
        statistics,       ///< write what has been counted
        bus_settled,      ///< plugin number: enumerate again, as its bus has changed
        port_calm,        ///< look which ports flap no more
        slot_place,       ///< slot number: may another device stand there?
        probe_overdue,    ///< number of the look at the machine
        lease_expiry,     ///< lease
        lease_wait,       ///< lease: its wait ends
        session_idle,     ///< session
        frame_expiry,     ///< frame
        preview_deadline, ///< preview
        readings_expiry,  ///< job that ended
        stop_phase,       ///< the station is stopping
        store_retry,      ///< the store failed: offer it again what it refused
        store_gather,     ///< write what was gathered for the store
        purge,            ///< forget idempotency records beyond the horizon
    };
    Kind kind = Kind::stop_phase;
    std::uint64_t number = 0;
    auto operator<=>(const Timer&) const = default;
};

class Timers {
  public:
    void arm(Timer timer, std::int64_t due_us) {
        disarm(timer);
        due_[timer] = due_us;
        order_.emplace(due_us, timer);
    }
    void disarm(Timer timer) {
        const auto found = due_.find(timer);
        if (found == due_.end())
            return;
        order_.erase({found->second, timer});
        due_.erase(found);
    }
    [[nodiscard]] bool is_armed(Timer timer) const { return due_.contains(timer); }
    [[nodiscard]] std::int64_t next_us() const { return order_.empty() ? never_us : order_.begin()->first; }

    /// Takes out the earliest timer that is due.
    std::optional<Timer> take_due(std::int64_t now_us) {
        if (order_.empty() || order_.begin()->first > now_us)
            return std::nullopt;
        const Timer timer = order_.begin()->second;
        disarm(timer);
        return timer;
    }

  private:
    std::map<Timer, std::int64_t> due_;
    std::set<std::pair<std::int64_t, Timer>> order_;
};

} // namespace rekam::broker
