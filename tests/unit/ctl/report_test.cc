// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/table.h"
#include "tests/unit/ctl/report_entries.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace rekam::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

object job(std::string_view name, std::string_view slot, std::string_view outcome, object more = {}) {
    object facts{{"job", name}, {"slot", slot}, {"device", "acme/1"}, {"outcome", outcome}};
    for (auto& fact : more)
        facts.insert_or_assign(fact.key(), fact.value());
    return facts;
}

object cards(std::int64_t count, std::int64_t left) { return {{"device", "acme/1"}, {"count", count}, {"left", left}}; }

struct ReportDays : testing::Test {
    Zone jakarta{"Asia/Jakarta"};
    DayFold fold{"S-1", jakarta, true};
    std::int64_t end_us = entry_at(2 * day_us, "").at("at").at("utc_us").as_int64();

    void add(const std::vector<object>& entries) {
        for (const auto& entry : entries)
            fold.add(entry);
    }
    DayFigures day(Day wanted) { return fold.finish(wanted, end_us).front(); }
};

TEST_F(ReportDays, a_quiet_day) {
    add({entry_at(8 * hour_us, "station.start"),
         entry_at(8 * hour_us, "config.loaded", {{"rev", 1}, {"hash", "sha256:aa11"}}),
         entry_at(8 * hour_us + minute_us, "cards.load", cards(10, 10)),
         entry_at(9 * hour_us, "case.open", {{"purpose", "enrol"}}),
         entry_at(9 * hour_us, "capture.end", job("J-1", "photo", "failed", {{"error", "cover-open"}, {"attempt", 1}})),
         entry_at(9 * hour_us, "capture.end", job("J-2", "photo", "done", {{"attempt", 2}})),
         entry_at(9 * hour_us, "print.end", job("J-3", "printer", "done", {{"blank", "issued"}})),
         entry_at(9 * hour_us, "card.end", job("J-4", "reader", "done", {{"exchanges", 3}})),
         entry_at(10 * hour_us, "print.end",
                  job("J-5", "printer", "done", {{"blank", "issued"}, {"reprint_of", "J-3"}})),
         entry_at(11 * hour_us, "cards.count", cards(7, 7)),
         entry_at(12 * hour_us, "slot.hold", {{"slot", "photo"}, {"reason", "lens"}}),
         entry_at(12 * hour_us, "slot.replace",
                  {{"slot", "photo"}, {"from", "a/1"}, {"from_serial", "7"}, {"to", "b/2"}}),
         entry_at(12 * hour_us, "slot.fallback", {{"slot", "photo"}, {"from", "b/2"}, {"to", "c/3"}, {"back", false}}),
         entry_at(16 * hour_us, "station.stop")});
    const auto figures = day(day_26);
    EXPECT_EQ(figures.entries, 14);
    for (const auto& [name, count] : std::map<std::string, std::int64_t>{{"visits", 1},
                                                                         {"captures", 1},
                                                                         {"retakes", 1},
                                                                         {"failures", 1},
                                                                         {"prints", 2},
                                                                         {"reprints", 1},
                                                                         {"card-sessions", 1},
                                                                         {"card-exchanges", 3},
                                                                         {"holds", 1},
                                                                         {"replacements", 1},
                                                                         {"fallbacks", 1},
                                                                         {"starts", 1},
                                                                         {"config-changes", 1},
                                                                         {"power-cuts", 0},
                                                                         {"unknown", 0},
                                                                         {"unsynchronised", 0}})
        EXPECT_EQ(figures.count(name), count) << name;
    EXPECT_EQ(figures.outcomes.at({"capture", "failed", "cover-open"}), 1);
    EXPECT_EQ(figures.hours[9].visits, 1);
    EXPECT_EQ(figures.hours[10].prints, 1);
    const auto& row = figures.blanks.at("acme/1");
    EXPECT_EQ(row.loaded, 10);
    EXPECT_EQ(row.issued, 2);
    EXPECT_EQ(row.left, 7);
    EXPECT_EQ(row.difference, -1);
    EXPECT_EQ(row.unexplained, 0);
    EXPECT_EQ(row.imbalance(), 0);
    Report report{"Desk", "Asia/Jakarta", "", {figures}, {}, {{"S-1", "13: 3f9a", "9d61"}}};
    const auto text = report_text(report, jakarta, false);
    EXPECT_THAT(text, HasSubstr("revision 1, hash aa11\n"));
    EXPECT_THAT(text, HasSubstr("J-5 of J-3: done"));
    EXPECT_THAT(text, HasSubstr("photo: a/1 (serial 7) -> b/2"));
    EXPECT_THAT(text, HasSubstr("S-1      13: 3f9a   9d61"));
    EXPECT_THAT(text, Not(HasSubstr("TO BE LOOKED AT")));
}

TEST_F(ReportDays, a_power_cut_an_unknown_and_a_device_that_was_down) {
    add({entry_at(8 * hour_us, "station.start"), entry_at(8 * hour_us, "cards.load", cards(5, 5)),
         entry_at(9 * hour_us, "device.failed", {{"device", "cam/1"}, {"error", "plugin-crashed"}}),
         entry_at(9 * hour_us + minute_us, "device.failed", {{"device", "cam/1"}}),
         entry_at(9 * hour_us + 5 * minute_us, "device.opened", {{"device", "cam/1"}}),
         entry_at(9 * hour_us + 55 * minute_us, "device.quarantined", {{"device", "cam/1"}}),
         entry_at(10 * hour_us, "print.begins", {{"job", "J-1"}}), entry_at(11 * hour_us, "station.start"),
         entry_at(11 * hour_us, "print.end",
                  job("J-1", "printer", "unknown", {{"blank", "unknown"}, {"restart", true}})),
         entry_at(12 * hour_us, "print.end", job("J-2", "printer", "unknown", {{"blank", "unknown"}})),
         entry_at(13 * hour_us, "job.reconciled",
                  job("J-1", "printer", "", {{"effect", "done"}, {"by", "persons"}, {"blank", "issued"}})),
         entry_at(14 * hour_us, "device.stuck", {{"device", "scan/1"}}),
         entry_at(day_us + 8 * hour_us, "job.reconciled",
                  job("J-2", "printer", "", {{"effect", "none"}, {"by", "persons"}, {"blank", "left"}}))});
    const auto figures = day(day_26);
    EXPECT_EQ(figures.count("power-cuts"), 1);
    EXPECT_EQ(figures.count("unknown"), 2);
    EXPECT_EQ(figures.count("recovered-at-start"), 1);
    EXPECT_EQ(figures.count("reconciled"), 1);
    EXPECT_EQ(figures.count("open-unknown"), 1); // the other one was settled a day later
    ASSERT_EQ(figures.open.size(), 1U);
    EXPECT_EQ(figures.open[0].job, "J-2");
    EXPECT_EQ(figures.downtime.at("cam/1").ms, 10 * 60'000); // the second time until the last entry before the cut
    EXPECT_EQ(figures.downtime.at("cam/1").times, 2);
    EXPECT_FALSE(figures.downtime.at("cam/1").still);
    EXPECT_EQ(figures.downtime.at("scan/1").ms, 10 * 3'600'000); // until midnight
    EXPECT_TRUE(figures.downtime.at("scan/1").still);
    EXPECT_EQ(figures.blanks.at("acme/1").unknown, 1);
    EXPECT_EQ(figures.blanks.at("acme/1").issued, 1);
    EXPECT_EQ(figures.blanks.at("acme/1").left, 3);
    const auto later = day(day_27);
    EXPECT_EQ(later.count("open-unknown"), 0);
    EXPECT_EQ(later.blanks.at("acme/1").start, 3);
    EXPECT_EQ(later.blanks.at("acme/1").unknown, -1);
    EXPECT_EQ(later.blanks.at("acme/1").left, 4);
    EXPECT_EQ(later.blanks.at("acme/1").imbalance(), 0);
    EXPECT_EQ(later.downtime.at("scan/1").ms, 24 * 3'600'000);
    const auto text = report_text({"Desk", "", "", {figures}, {}, {}}, jakarta, false);
    EXPECT_THAT(text, HasSubstr("no stop before it: power cut or kill after 2026-11-26 10:00\n"));
    EXPECT_THAT(text, HasSubstr("1 starts without a stop before them"));
    EXPECT_THAT(text, HasSubstr("J-2  printer  acme/1  12:00"));
}

TEST_F(ReportDays, the_day_ends_at_midnight_of_the_zone) {
    add({entry_at(day_us - 1, "case.open"), entry_at(day_us, "case.open"), entry_at(day_us + hour_us, "case.open"),
         entry_at(day_us + hour_us, "case.open", {{"purpose", "test"}})});
    EXPECT_EQ(day(day_26).count("visits"), 1);
    EXPECT_EQ(day(day_26).hours[23].visits, 1);
    EXPECT_EQ(day(day_27).count("visits"), 2);
    EXPECT_EQ(day(day_27).count("test-visits"), 1); // nobody was there
    EXPECT_EQ(day(day_27).hours[0].visits, 1);
    EXPECT_EQ(day(day_27).hours[1].visits, 1);
    EXPECT_EQ(jakarta.start_us(day_27), jakarta.start_us(day_26) + day_us);
}

TEST_F(ReportDays, a_clock_that_cannot_be_relied_on_is_flagged) {
    auto unsynchronised = entry_at(9 * hour_us, "case.open");
    unsynchronised.at("at").as_object()["synced"] = false;
    add({unsynchronised, entry_at(8 * hour_us, "case.open"), entry_at(8 * hour_us, "journal.lost", {{"count", 4}})});
    const auto figures = day(day_26);
    EXPECT_EQ(figures.count("unsynchronised"), 1);
    EXPECT_EQ(figures.count("clock-back"), 1);
    EXPECT_EQ(figures.count("journal-lost"), 4);
    EXPECT_THAT(report_text({"Desk", "", "", {figures}, {}, {}}, jakarta, false),
                HasSubstr("1 times the clock was set back"));
}

TEST_F(ReportDays, a_day_without_an_entry_still_says_what_stands) {
    add({entry_at(8 * hour_us, "station.start"), entry_at(8 * hour_us, "cards.load", cards(5, 5)),
         entry_at(9 * hour_us, "print.end", job("J-1", "printer", "unknown", {{"blank", "unknown"}}))});
    const auto figures = day(day_27);
    EXPECT_EQ(figures.entries, 0);
    EXPECT_EQ(figures.count("open-unknown"), 1);
    EXPECT_EQ(figures.blanks.at("acme/1").start, 4);
    EXPECT_EQ(figures.blanks.at("acme/1").left, 4);
    EXPECT_EQ(figures.count("visits"), 0);
    EXPECT_THAT(report_csv({"", "", "", {figures}, {}, {}}), HasSubstr("2026-11-27,S-1,visits,0\r\n"));
}

TEST_F(ReportDays, a_ledger_whose_beginning_is_not_known_waits_for_a_total) {
    DayFold later("S-1", jakarta, false);
    later.add(entry_at(8 * hour_us, "print.end", job("J-1", "printer", "done", {{"blank", "issued"}})));
    const auto before = later.finish(day_26, end_us).front();
    EXPECT_FALSE(before.blanks.at("acme/1").known);
    EXPECT_THAT(report_text({"Desk", "", "", {before}, {}, {}}, jakarta, false),
                HasSubstr("older entries are not at hand"));
    EXPECT_THAT(report_csv({"", "", "", {before}, {}, {}}), Not(HasSubstr("acme/1 left")));
    later.add(entry_at(9 * hour_us, "cards.load", cards(10, 14)));
    later.add(entry_at(10 * hour_us, "cards.load", cards(1, 16)));
    const auto row = later.finish(day_26, end_us).front().blanks.at("acme/1");
    EXPECT_TRUE(row.known);
    EXPECT_EQ(row.start, 5);
    EXPECT_EQ(row.left, 16);
    EXPECT_EQ(row.unexplained, 1); // 14 and 1 are not 16
    EXPECT_EQ(row.imbalance(), -1);
}

TEST_F(ReportDays, pages_are_safe_from_what_vendors_say_and_fit) {
    const std::string evil = "<script>\x1b[2J" + std::string(300, 'x');
    add({entry_at(9 * hour_us, "slot.hold", {{"slot", "photo"}, {"reason", evil}}),
         entry_at(9 * hour_us, "device.failed", {{"device", evil}}),
         entry_at(9 * hour_us, "print.end",
                  {{"device", evil}, {"job", "J-1"}, {"outcome", "done"}, {"blank", "issued"}}),
         entry_at(9 * hour_us, "capture.end", {{"outcome", "failed"}, {"error", "=cmd,\"x\""}})});
    const Report report{evil, "", "14:00", {day(day_26)}, {{evil, evil}}, {{evil, evil, evil}}};
    const auto text = report_text(report, jakarta, false);
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        EXPECT_LE(width(line), 100U) << line;
    const auto html = report_html(report, jakarta);
    EXPECT_THAT(html, Not(HasSubstr("<script>")));
    EXPECT_THAT(html, HasSubstr("<rect class=\"prints\""));
    EXPECT_THAT(html, HasSubstr("size: A4"));
    EXPECT_THAT(html, Not(HasSubstr("http")));
    EXPECT_THAT(report_csv(report), HasSubstr("S-1,\"outcome capture failed =cmd,\"\"x\"\"\",1\r\n"));
    EXPECT_EQ(boost::json::parse(report_json(report, jakarta)).at("days").as_array().size(), 1U);
}

} // namespace
} // namespace rekam::ctl
