// SPDX-License-Identifier: Apache-2.0
#include "core/report/zone.h"

#include <date/tz.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace rekam::report {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

using Instant = std::chrono::sys_time<microseconds>;

Instant instant(std::int64_t utc_us) { return Instant(microseconds(utc_us)); }

const date::time_zone* find(const std::string& name) {
    try {
        return name.empty() ? date::current_zone() : date::locate_zone(name);
    } catch (const std::runtime_error&) { // what the library throws where there is none
        return nullptr;
    }
}

} // namespace

Zone::Zone(std::string name) : name_(std::move(name)), zone_(find(name_)) {}

bool Zone::known(const std::string& name) { return !name.empty() && find(name) != nullptr; }

std::chrono::local_time<microseconds> Zone::local(std::int64_t utc_us) const {
    const auto at = instant(utc_us);
    const seconds offset = zone_ != nullptr ? zone_->get_info(at).offset : seconds(0);
    return std::chrono::local_time<microseconds>(at.time_since_epoch() + offset);
}

Day Zone::day_of(std::int64_t utc_us) const {
    return Day(std::chrono::floor<std::chrono::days>(local(utc_us)).time_since_epoch());
}

std::size_t Zone::hour_of(std::int64_t utc_us) const {
    const auto at = local(utc_us);
    return static_cast<std::size_t>((at - std::chrono::floor<std::chrono::days>(at)) / std::chrono::hours(1));
}

std::string Zone::clock(std::int64_t utc_us) const {
    const auto at = local(utc_us);
    const auto minutes = (at - std::chrono::floor<std::chrono::days>(at)) / std::chrono::minutes(1);
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%02d:%02d", static_cast<int>(minutes / 60),
                  static_cast<int>(minutes % 60));
    return text.data();
}

std::int64_t Zone::start_us(Day day) const {
    const std::chrono::local_time<microseconds> midnight(day.time_since_epoch());
    if (zone_ == nullptr)
        return midnight.time_since_epoch().count();
    // A midnight that the clock leaps over begins where it leaps; of two midnights the first begins the day.
    return zone_->to_sys(date::local_time<microseconds>(midnight.time_since_epoch()), date::choose::earliest)
        .time_since_epoch()
        .count();
}

std::string text_of(Day day) {
    const std::chrono::year_month_day date(day);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text.data();
}

std::optional<Day> read_day(const std::string& text) {
    int year = 0;
    unsigned month = 0, day = 0;
    if (std::sscanf(text.c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3) // NOLINT(cert-err34-c): looked at below
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
    if (!date.ok() || text_of(Day(date)) != text)
        return std::nullopt;
    return Day(date);
}

} // namespace rekam::report
