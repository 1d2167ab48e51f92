// SPDX-License-Identifier: Apache-2.0
// Zones as the C library has them, but as many at a time as one likes.
#include "core/report/zone.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <random>

namespace rekam::report {
namespace {

constexpr std::int64_t us_per_s = 1'000'000, hour_us = 3'600 * us_per_s;

std::string shown(const Zone& zone, std::int64_t utc_s) {
    return text_of(zone.day_of(utc_s * us_per_s)) + " " + zone.clock(utc_s * us_per_s);
}

/// What the C library says; this process has no other thread.
std::string shown_by_libc(const std::string& zone, std::int64_t utc_s) {
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
    const auto instant = static_cast<std::time_t>(utc_s);
    std::tm local{};
    localtime_r(&instant, &local);
    ::unsetenv("TZ");
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &local)};
}

TEST(Zone, follows_summer_time) {
    const Zone berlin("Europe/Berlin");
    const Day short_day{std::chrono::year(2026) / 3 / 29};
    EXPECT_EQ(berlin.start_us(short_day + std::chrono::days(1)) - berlin.start_us(short_day), 23 * hour_us);
    EXPECT_EQ(berlin.day_of(berlin.start_us(short_day)), short_day);
    EXPECT_EQ(berlin.day_of(berlin.start_us(short_day) - 1), short_day - std::chrono::days(1));
    EXPECT_EQ(berlin.clock(berlin.start_us(short_day) + 2 * hour_us), "03:00");
}

TEST(Zone, takes_dates_of_the_calendar_and_zones_of_the_database_only) {
    EXPECT_EQ(text_of(*read_day("2026-11-27")), "2026-11-27");
    for (const auto* wrong : {"", "2026-02-30", "2026-11-27T08:00", "26-11-27", "2026-13-01", "today", "2026-1-1"})
        EXPECT_FALSE(read_day(wrong)) << wrong;
    EXPECT_TRUE(Zone::known("Asia/Jakarta"));
    for (const auto* wrong : {"Asia/Nowhere", "../zoneinfo/UTC", "/etc/localtime", "Asia"})
        EXPECT_FALSE(Zone::known(wrong)) << wrong;
}

TEST(Zone, two_stand_beside_each_other) {
    const Zone jakarta("Asia/Jakarta"), new_york("America/New_York"), unknown("Asia/Nowhere");
    const std::int64_t noon_us = (1'795'046'400 + 12 * 3'600) * us_per_s; // 2026-11-19, UTC
    EXPECT_EQ(jakarta.clock(noon_us), "19:00");
    EXPECT_EQ(new_york.clock(noon_us), "07:00");
    EXPECT_EQ(unknown.clock(noon_us), "12:00") << "UTC";
    EXPECT_EQ(jakarta.hour_of(-1), 6U) << "before the epoch";
}

TEST(Zone, agrees_with_the_c_library) {
    std::mt19937_64 random(7);
    // From 1975 to 2037, where the lists of changes end: fixed offsets, summer time north and south, half hours,
    // midnight changes, none any more.
    std::uniform_int_distribution<std::int64_t> instants(157'766'400, 2'145'900'000);
    for (const std::string name :
         {"Asia/Jakarta", "Asia/Jayapura", "UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York",
          "America/St_Johns", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Tehran",
          "Africa/Casablanca", "Pacific/Apia", "America/Sao_Paulo", "Africa/Cairo", "Asia/Gaza"}) {
        const Zone zone(name);
        for (int i = 0; i < 500; ++i) {
            const std::int64_t utc_s = instants(random);
            ASSERT_EQ(shown(zone, utc_s), shown_by_libc(name, utc_s)) << name << " at " << utc_s;
        }
    }
}

TEST(Zone, a_day_begins_where_the_clock_leaps_over_midnight) {
    const Zone sao_paulo("America/Sao_Paulo");
    const Day leaps{std::chrono::year(2018) / 11 / 4};
    EXPECT_EQ(sao_paulo.clock(sao_paulo.start_us(leaps)), "01:00");
    EXPECT_EQ(sao_paulo.clock(sao_paulo.start_us(leaps) - 1), "23:59");
    EXPECT_EQ(sao_paulo.day_of(sao_paulo.start_us(leaps)), leaps);
}

} // namespace
} // namespace rekam::report
