// SPDX-License-Identifier: Apache-2.0
// A day at the office in the virtual world: two clients take visits at one desk, each of another person, while eight
// things fail, a camera is replaced and the power is cut once. What mocks/station/day.py does with real processes.
#pragma once

#include "tests/sim/day_desk.h"

namespace rekam::sim {

/// One person's visit, as far as it has come.
struct Visit {
    std::int64_t person = 0;
    std::optional<Incident> incident; ///< that is still to come in it
    std::string case_, idem;          ///< idem: of the card that was asked for last
    std::int64_t captured = 0;
    bool seated = false, card_out = false, closing = false;
};

/// A client that takes one visit after another, and an operator who mends what stands still.
class DayClient {
  public:
    DayClient(DayDesk& desk, Client& client) : desk_(desk), client_(client) {}

    /// Does the next thing, if nothing is under way.
    void act();
    [[nodiscard]] bool done() const { return done_; }

  private:
    enum class Asked : std::uint8_t { nothing, capture, print, job };

    bool waits();
    void answered(Asked asked);
    void captured();
    void settled(const std::string& outcome);
    void next();
    void go_on_mending();
    bool strikes(bool at_print);
    void capture();
    void print();
    void trouble();
    void all_is_well();
    [[nodiscard]] const HeldLease* lease() const;
    void ask(Asked what) { asked_ = what; }
    [[nodiscard]] std::int64_t now_us() { return desk_.world().schedule.now_us(); }

    DayDesk& desk_;
    Client& client_;
    std::optional<Visit> visit_;
    Asked asked_ = Asked::nothing;
    std::int64_t asked_us_ = 0, pause_until_us_ = 0, trouble_us_ = 0; ///< trouble_us_ 0: nothing is wrong
    std::optional<Incident> mends_;                                   ///< what has struck this visit
    bool done_ = false;
};

/// The whole day. The same seed is the same day, to the last line of its trace.
struct DayOutcome {
    DayFigures figures;
    std::vector<std::pair<std::int64_t, Incident>> happened; ///< person, what
    std::optional<Failure> failure;
    std::int64_t steps = 0, virtual_s = 0;
    std::uint64_t hash = 0;
};
DayOutcome run_day(std::uint64_t seed, int visits, bool print);

} // namespace rekam::sim
