// SPDX-License-Identifier: Apache-2.0
// How far a zone's clock is from UTC at an instant, out of a file of the machine's zone database (TZif, RFC 9636). The C
// library has one zone a process; of these any thread may have as many as it likes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rekam::report {

/// A moment that comes every year, on the clock that is in force before it: "M3.5.0/2", the last Sunday of March at 2.
struct YearlyMoment {
    enum class Kind : std::uint8_t { month_week_day, day_without_leap, day_from_zero };
    Kind kind = Kind::month_week_day;
    std::array<int, 3> numbers{};   ///< month, week and weekday; else the day of the year
    std::int64_t time_s = 2 * 3600; ///< after midnight

    /// Seconds from the epoch on that clock.
    [[nodiscard]] std::int64_t local_s(int year) const;
};

/// What goes on for ever: the same clock, or summer time between two moments.
struct YearlyRule {
    std::int64_t standard_s = 0, summer_s = 0; ///< east of UTC
    std::optional<std::array<YearlyMoment, 2>> summer; ///< begins, ends

    [[nodiscard]] std::int64_t offset_s(std::int64_t utc_s) const;
    /// "CET-1CEST,M3.5.0,M10.5.0/3", as in POSIX's TZ. Nothing: it is no such text.
    static std::optional<YearlyRule> read(std::string_view text);
};

class ZoneRules {
  public:
    /// UTC.
    ZoneRules() = default;
    explicit ZoneRules(YearlyRule always) : after_(always) {}
    /// The bytes of a file of the database; nothing: they are none, or damaged.
    static std::optional<ZoneRules> read(std::string_view bytes);

    /// East of UTC.
    [[nodiscard]] std::int64_t offset_s(std::int64_t utc_s) const;

  private:
    struct Change {
        std::int64_t utc_s = 0, offset_s = 0; ///< from then on
    };
    bool read_block(std::string_view& bytes, std::size_t time_bytes, bool keep);

    std::vector<Change> changes_;
    std::int64_t before_s_ = 0; ///< before the first of them
    std::optional<YearlyRule> after_;
};

} // namespace rekam::report
