// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/zone.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace rekam::ctl {
namespace {

constexpr std::int64_t us_per_s = 1'000'000, hour_s = 3'600;
constexpr std::int64_t farthest_s = 15 * hour_s; ///< no zone is farther from UTC

std::tm local(std::int64_t utc_us) {
    const std::int64_t seconds = utc_us >= 0 ? utc_us / us_per_s : (utc_us - us_per_s + 1) / us_per_s;
    const auto instant = static_cast<std::time_t>(seconds);
    std::tm shown{};
    localtime_r(&instant, &shown);
    return shown;
}

} // namespace

Zone::Zone(const std::string& name) : name_(name) {
    if (const char* set = std::getenv("TZ"); set != nullptr)
        before_ = set;
    if (!name.empty())
        ::setenv("TZ", name.c_str(), 1);
    ::tzset();
}

Zone::~Zone() {
    if (before_)
        ::setenv("TZ", before_->c_str(), 1);
    else
        ::unsetenv("TZ");
    ::tzset();
}

bool Zone::known(const std::string& name) {
    std::error_code none;
    return name.find("..") == std::string::npos && !name.starts_with('/') &&
           std::filesystem::is_regular_file("/usr/share/zoneinfo/" + name, none);
}

Day Zone::day_of(std::int64_t utc_us) const {
    const std::tm shown = local(utc_us);
    return std::chrono::year_month_day{std::chrono::year(shown.tm_year + 1900),
                                       std::chrono::month(static_cast<unsigned>(shown.tm_mon + 1)),
                                       std::chrono::day(static_cast<unsigned>(shown.tm_mday))};
}

std::size_t Zone::hour_of(std::int64_t utc_us) const { return static_cast<std::size_t>(local(utc_us).tm_hour); }

std::string Zone::clock(std::int64_t utc_us) const {
    const std::tm shown = local(utc_us);
    std::array<char, 16> text{};
    std::strftime(text.data(), text.size(), "%H:%M", &shown);
    return text.data();
}

std::int64_t Zone::start_us(Day day) const {
    const std::int64_t middle = std::chrono::seconds(day.time_since_epoch()).count();
    std::int64_t before = middle - farthest_s, from = middle + farthest_s; // the start is in (before, from]
    while (from - before > 1) {
        const std::int64_t between = before + (from - before) / 2;
        (day_of(between * us_per_s) < day ? before : from) = between;
    }
    return from * us_per_s;
}

std::string text_of(Day day) {
    const std::chrono::year_month_day date(day);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text.data();
}

std::optional<Day> read_day(const std::string& text) {
    std::tm read{};
    const char* end = ::strptime(text.c_str(), "%Y-%m-%d", &read);
    if (end == nullptr || *end != '\0')
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(read.tm_year + 1900),
                                           std::chrono::month(static_cast<unsigned>(read.tm_mon + 1)),
                                           std::chrono::day(static_cast<unsigned>(read.tm_mday))};
    if (!date.ok() || text_of(Day(date)) != text)
        return std::nullopt;
    return Day(date);
}

} // namespace rekam::ctl
