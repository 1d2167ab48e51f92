// SPDX-License-Identifier: Apache-2.0
// Zones as the C library has them, but as many at a time as one likes, and nothing of a damaged file.
#include "core/report/zone.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <sstream>

namespace rekam::report {
namespace {

constexpr std::int64_t us_per_s = 1'000'000, hour_us = 3'600 * us_per_s;

std::string file_of(const std::string& zone) {
    std::ostringstream bytes;
    bytes << std::ifstream("/usr/share/zoneinfo/" + zone, std::ios::binary).rdbuf();
    return bytes.str();
}

/// What the C library says; this process has no other thread.
std::int64_t offset_by_libc(const std::string& zone, std::int64_t utc_s) {
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
    const auto instant = static_cast<std::time_t>(utc_s);
    std::tm shown{};
    localtime_r(&instant, &shown);
    ::unsetenv("TZ");
    return shown.tm_gmtoff;
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
    EXPECT_EQ(jakarta.hour_of(-1), 7U) << "before the epoch: 06:59 and a bit, when Jakarta was at 7:30" ;
}

TEST(Zone, agrees_with_the_c_library) {
    std::mt19937_64 random(7);
    // From 1975 to 2100: fixed offsets, summer time north and south, half hours, midnight changes, none any more.
    std::uniform_int_distribution<std::int64_t> instants(157'766'400, 4'102'444'800);
    for (const std::string zone :
         {"Asia/Jakarta", "Asia/Jayapura", "UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns",
          "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Tehran", "Africa/Casablanca",
          "Pacific/Apia", "America/Sao_Paulo", "Africa/Cairo", "Asia/Gaza"}) {
        const auto rules = ZoneRules::read(file_of(zone));
        ASSERT_TRUE(rules) << zone;
        for (int i = 0; i < 500; ++i) {
            const std::int64_t utc_s = instants(random);
            ASSERT_EQ(rules->offset_s(utc_s), offset_by_libc(zone, utc_s)) << zone << " at " << utc_s;
        }
    }
}

TEST(Zone, a_yearly_rule_goes_on_where_the_list_of_changes_ends) {
    const auto berlin = ZoneRules::read(file_of("Europe/Berlin"));
    ASSERT_TRUE(berlin);
    const auto rule = YearlyRule::read("CET-1CEST,M3.5.0,M10.5.0/3");
    ASSERT_TRUE(rule);
    for (std::int64_t utc_s = 1'000'000'000; utc_s < 2'100'000'000; utc_s += 86'400 * 3 + 3'607)
        ASSERT_EQ(rule->offset_s(utc_s), berlin->offset_s(utc_s)) << utc_s;
    for (const std::string text : {"<+07>-7", "EST5EDT,M3.2.0,M11.1.0", "NZST-12NZDT,M9.5.0,M4.1.0/3", "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
                                   "XXX3YYY,J60/0,J300", "XXX-3:30YYY-4,59/1:30:10,299", "LHST-10:30LHDT-11,M10.1.0,M4.1.0"})
        for (std::int64_t utc_s = 1'500'000'000; utc_s < 1'700'000'000; utc_s += 86'400 * 2 + 1'807) {
            const auto read = YearlyRule::read(text);
            ASSERT_TRUE(read) << text;
            ASSERT_EQ(read->offset_s(utc_s), offset_by_libc(text, utc_s)) << text << " at " << utc_s;
        }
}

TEST(Zone, refuses_texts_that_are_no_rule) {
    for (const auto* wrong : {"", "7", "WI-7", "WIB", "WIB-", "WIB-25", "WIB-7:60", "<+07-7", "CET-1CEST", "CET-1CEST,", "CET-1CEST,M3.5.0",
                              "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
                              "CET-1CEST,M3.5.0,M10.5.0/168", "CET-1CEST,J366,J1", "CET-1CEST,M3.5.0,M10.5.0x", "CET--1"})
        EXPECT_FALSE(YearlyRule::read(wrong)) << wrong;
}

TEST(Zone, refuses_what_is_no_file_of_the_database) {
    const std::string good = file_of("Europe/Berlin");
    ASSERT_TRUE(ZoneRules::read(good));
    EXPECT_FALSE(ZoneRules::read(""));
    EXPECT_FALSE(ZoneRules::read("TZif2"));
    EXPECT_FALSE(ZoneRules::read(std::string(200, 'x')));
    for (std::size_t size = 0; size + 1 < good.size(); size += 7)
        EXPECT_FALSE(ZoneRules::read(std::string_view(good).substr(0, size))) << "cut off after " << size;
    std::mt19937_64 random(11);
    for (int i = 0; i < 5'000; ++i) { // whatever it makes of these, it reads no byte beyond them
        std::string bad = good;
        for (int flips = 0; flips < 4; ++flips)
            bad[random() % bad.size()] = static_cast<char>(random());
        if (const auto rules = ZoneRules::read(bad))
            EXPECT_LE(std::abs(rules->offset_s(1'795'046'400)), 25 * 3'600 + 3'600);
    }
}

} // namespace
} // namespace rekam::report
