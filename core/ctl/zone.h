// SPDX-License-Identifier: Apache-2.0
// Days and hours of a station's zone, by the machine's zone database. The C library has one zone a process, so there is
// one of these at a time, in a program that shows no other times meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace rekam::ctl {

/// A day of the calendar, whatever the zone.
using Day = std::chrono::sys_days;

class Zone {
  public:
    /// Of the IANA list; empty: the machine's own.
    explicit Zone(const std::string& name);
    ~Zone();
    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;

    static bool known(const std::string& name);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] Day day_of(std::int64_t utc_us) const;
    [[nodiscard]] std::size_t hour_of(std::int64_t utc_us) const; ///< 0 to 23
    [[nodiscard]] std::string clock(std::int64_t utc_us) const;   ///< "08:15"
    /// The day's first instant, also where the clock is put forward at midnight.
    [[nodiscard]] std::int64_t start_us(Day day) const;

  private:
    std::string name_;
    std::optional<std::string> before_; ///< TZ, as it was
};

std::string text_of(Day day); ///< "2026-11-27"
std::optional<Day> read_day(const std::string& text);

} // namespace rekam::ctl
