// SPDX-License-Identifier: Apache-2.0
#include "core/report/zone.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace rekam::report {
namespace {

constexpr std::int64_t us_per_s = 1'000'000, hour_s = 3'600, day_s = 24 * hour_s;
constexpr std::int64_t farthest_s = 15 * hour_s; ///< no zone is farther from UTC

const std::filesystem::path database = "/usr/share/zoneinfo";

std::int64_t floor_div(std::int64_t number, std::int64_t by) {
    return number >= 0 ? number / by : (number - by + 1) / by;
}

std::optional<ZoneRules> rules_in(const std::filesystem::path& file) {
    std::error_code none;
    if (!std::filesystem::is_regular_file(file, none))
        return std::nullopt;
    std::ostringstream bytes;
    bytes << std::ifstream(file, std::ios::binary).rdbuf();
    return ZoneRules::read(bytes.str());
}

/// As the C library finds it: TZ, else what the machine was set to.
ZoneRules own_rules() {
    const char* set = std::getenv("TZ"); // NOLINT(concurrency-mt-unsafe): nobody here changes it
    std::string text = set != nullptr ? set : "";
    if (text.starts_with(':'))
        text.erase(0, 1);
    if (set == nullptr)
        return rules_in("/etc/localtime").value_or(ZoneRules());
    if (auto rules = rules_in(text.starts_with('/') ? std::filesystem::path(text) : database / text); rules)
        return *rules;
    const auto rule = YearlyRule::read(text);
    return rule ? ZoneRules(*rule) : ZoneRules();
}

} // namespace

Zone::Zone(std::string name) : name_(std::move(name)) {
    if (name_.empty())
        rules_ = own_rules();
    else if (known(name_))
        rules_ = rules_in(database / name_).value_or(ZoneRules());
}

bool Zone::known(const std::string& name) {
    std::error_code none;
    return name.find("..") == std::string::npos && !name.starts_with('/') &&
           std::filesystem::is_regular_file(database / name, none);
}

std::int64_t Zone::local_s(std::int64_t utc_us) const {
    const std::int64_t utc_s = floor_div(utc_us, us_per_s);
    return utc_s + rules_.offset_s(utc_s);
}

Day Zone::day_of(std::int64_t utc_us) const {
    return Day(std::chrono::days(floor_div(local_s(utc_us), day_s)));
}

std::size_t Zone::hour_of(std::int64_t utc_us) const {
    const std::int64_t local = local_s(utc_us);
    return static_cast<std::size_t>((local - floor_div(local, day_s) * day_s) / hour_s);
}

std::string Zone::clock(std::int64_t utc_us) const {
    const std::int64_t minutes = floor_div(local_s(utc_us), 60);
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%02u:%02u", static_cast<unsigned>(hour_of(utc_us)),
                  static_cast<unsigned>(minutes - floor_div(minutes, 60) * 60));
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
