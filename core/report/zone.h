// SPDX-License-Identifier: Apache-2.0
// Days and hours of a station's zone, by the machine's zone database. Read by Howard Hinnant's date library (MIT),
// which became the standard's: the C library has one zone a process, and g++ 12 has no std::chrono::time_zone yet. Any
// thread may have as many zones as it likes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace date {
class time_zone;
}

namespace rekam::report {

/// A day of the calendar, whatever the zone.
using Day = std::chrono::sys_days;

class Zone {
  public:
    /// Of the IANA list; empty: the machine's own. One that is not known is UTC.
    explicit Zone(std::string name);

    static bool known(const std::string& name);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] Day day_of(std::int64_t utc_us) const;
    [[nodiscard]] std::size_t hour_of(std::int64_t utc_us) const; ///< 0 to 23
    [[nodiscard]] std::string clock(std::int64_t utc_us) const;   ///< "08:15"
    /// The day's first instant, also where the clock is put forward at midnight.
    [[nodiscard]] std::int64_t start_us(Day day) const;

  private:
    [[nodiscard]] std::chrono::local_time<std::chrono::microseconds> local(std::int64_t utc_us) const;

    std::string name_;
    const date::time_zone* zone_; ///< of the library's, for ever; null: UTC
};

std::string text_of(Day day); ///< "2026-11-27"
std::optional<Day> read_day(const std::string& text);

} // namespace rekam::report
