// SPDX-License-Identifier: Apache-2.0
#include "core/base/digest.h"
#include "core/base/ed25519.h"
#include "core/journal/lines.h"
#include "tests/unit/ctl/report_entries.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace rekam::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Made {
    std::size_t from = 1;      ///< the rows before it were moved out
    char seed = 0;             ///< of the key; else the station's own
    std::string head_station;  ///< else the station
    std::string previous = {}; ///< the hash before the first row, as the file says it
};

/// Journals as stations export them.
struct ReportMerge : testing::Test {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("rekam-report-" + std::to_string(getpid()));
    Zone jakarta{"Asia/Jakarta"};

    ReportMerge() { std::filesystem::create_directories(folder); }
    ~ReportMerge() override { std::filesystem::remove_all(folder); }

    /// A station's journal of these entries, as `file` in the folder.
    std::string write(const std::string& file, const std::string& station, const std::vector<object>& entries,
                      const Made& made = {}) {
        std::vector<std::string> bodies;
        for (const auto& entry : entries)
            bodies.push_back(boost::json::serialize(entry));
        const auto utc_us = entries.back().at("at").at("utc_us").as_int64();
        return write_bodies(file, station, bodies, utc_us, made);
    }
    std::string write_bodies(const std::string& file, const std::string& station,
                             const std::vector<std::string>& bodies, std::int64_t utc_us, const Made& made) {
        const SigningKey key(std::string(SigningKey::seed_bytes, made.seed != 0 ? made.seed : station.back()));
        std::string hash = journal::nothing(), rows;
        for (std::size_t seq = 1; seq <= bodies.size(); ++seq) {
            journal::Row row{static_cast<std::int64_t>(seq), bodies[seq - 1], journal::nothing(), ""};
            if (seq == made.from && seq > 1)
                row.body = boost::json::serialize(
                    entry_at(2 * hour_us, "journal.moved", {{"last", row.seq - 1}, {"hash", to_hex(hash)}}));
            hash = row.hash = journal::hash_of(hash, row.seq, row.body, row.commitment);
            rows += seq < made.from ? "" : journal::line_of(row);
        }
        const auto& signs = made.head_station.empty() ? station : made.head_station;
        const auto head = journal::sign({signs, static_cast<std::int64_t>(bodies.size()), hash, utc_us, ""}, key);
        auto path = (folder / file).string();
        journal::FirstLine first{station, key.public_key(), head};
        if (!made.previous.empty())
            first.previous = made.previous;
        std::ofstream(path, std::ios::binary) << journal::line_of(first) << rows;
        return path;
    }
};

std::vector<std::string> remarks_of(const Report& report) {
    std::vector<std::string> texts;
    for (const auto& remark : report.remarks)
        texts.push_back(remark.about + ": " + remark.text);
    return texts;
}

TEST_F(ReportMerge, joins_two_stations_and_names_a_missing_day_and_a_broken_export) {
    const std::vector<object> first{entry_at(hour_us, "case.open"), entry_at(2 * hour_us, "case.open"),
                                    entry_at(2 * day_us, "case.open")};
    const auto one = write("one", "S-1", first);
    const auto two = write("two", "S-2",
                           {entry_at(hour_us, "case.open"), entry_at(day_us, "case.open"),
                            entry_at(day_us, "case.open"), entry_at(2 * day_us, "case.open")});
    std::ifstream stream(two);
    std::ostringstream bytes;
    bytes << stream.rdbuf();
    std::string text = bytes.str();
    const auto third = text.find("\"seq\":3");
    text.replace(text.find("case.open", third), 9, "case.abcd");
    std::ofstream(two, std::ios::trunc) << text;
    std::ofstream(folder / "noise") << "not a journal\n";

    const auto report = merge_exports({two, one, (folder / "noise").string()}, jakarta, std::nullopt);
    ASSERT_EQ(report.days.size(), 4U);
    EXPECT_EQ(report.days[0].station, "S-1");
    EXPECT_EQ(report.days[0].count("visits"), 2);
    EXPECT_EQ(report.days[1].first_day, day_26 + std::chrono::days(2));
    EXPECT_EQ(report.days[3].station, "S-2");
    EXPECT_EQ(report.days[3].first_day, day_27);
    EXPECT_EQ(report.days[3].count("visits"), 1); // what stands before the flaw
    EXPECT_THAT(remarks_of(report), ElementsAre(HasSubstr("two: broken at entry 3"), HasSubstr("noise: line 1"),
                                                "S-1: no entry on 2026-11-27", "S-2: no entry on 2026-11-28"));
    ASSERT_EQ(report.seals.size(), 2U);
    EXPECT_THAT(report.seals[0].paper, HasSubstr("3: "));
    const auto shown = report_text(report, jakarta, false);
    EXPECT_THAT(shown, HasSubstr("2026-11-26 to 2026-11-28, 2 stations"));
    EXPECT_THAT(shown, HasSubstr("no entry on 2026-11-27\n"));
    const auto whole = sum_of(report.days);
    EXPECT_EQ(whole.count("visits"), 5);
    EXPECT_EQ(whole.hours[1].visits, 2);
}

TEST_F(ReportMerge, counts_what_several_exports_have_in_common_once) {
    std::vector<object> entries{entry_at(hour_us, "case.open"), entry_at(2 * hour_us, "case.open")};
    const auto early = write("early", "S-1", entries);
    entries.push_back(entry_at(day_us, "case.open"));
    const auto late = write("late", "S-1", entries);
    const auto report = merge_exports({early, late}, jakarta, std::nullopt);
    EXPECT_THAT(remarks_of(report), ElementsAre());
    EXPECT_EQ(sum_of(report.days).count("visits"), 3);
    EXPECT_THAT(report.seals.at(0).paper, HasSubstr("3: "));
    const auto only = merge_exports({late}, jakarta, day_26);
    ASSERT_EQ(only.days.size(), 1U);
    EXPECT_EQ(only.days[0].count("visits"), 2);
}

TEST_F(ReportMerge, finds_a_journal_that_was_written_anew) {
    const auto one = write("one", "S-1", {entry_at(hour_us, "case.open"), entry_at(2 * hour_us, "case.open")});
    const auto other = write("other", "S-1", {entry_at(hour_us, "case.open"), entry_at(3 * hour_us, "case.open")});
    const auto report = merge_exports({one, other}, jakarta, std::nullopt);
    EXPECT_THAT(remarks_of(report), ElementsAre(HasSubstr("other: differs from the exports before it at entry 2")));
    EXPECT_TRUE(report.remarks[0].broken);
    EXPECT_EQ(sum_of(report.days).count("visits"), 2);
}

TEST_F(ReportMerge, names_entries_that_are_in_no_export) {
    const std::vector<object> all(6, entry_at(hour_us, "case.open"));
    const auto early = write("early", "S-1", {all.begin(), all.begin() + 2});
    const auto late = write("late", "S-1", all, {.from = 5, .seed = 0, .head_station = {}});
    const auto report = merge_exports({late, early}, jakarta, std::nullopt);
    EXPECT_THAT(remarks_of(report), ElementsAre("S-1: entries 3 to 4 are in no export"));
    EXPECT_TRUE(report.remarks[0].broken);             // the figures lack them
    EXPECT_EQ(sum_of(report.days).count("visits"), 3); // the fifth says that those before it were moved
}

TEST_F(ReportMerge, names_a_file_that_does_not_follow_the_one_before) {
    const std::vector<object> all(4, entry_at(hour_us, "case.open"));
    const auto early = write("early", "S-1", {entry_at(2 * hour_us, "case.open"), entry_at(hour_us, "case.open")});
    const std::string body = boost::json::serialize(all[0]);
    const std::string second = journal::hash_of(journal::hash_of(journal::nothing(), 1, body, journal::nothing()), 2,
                                                body, journal::nothing());
    const auto late = write("late", "S-1", all, {.from = 3, .seed = 0, .head_station = {}, .previous = second});
    const auto report = merge_exports({early, late}, jakarta, std::nullopt);
    EXPECT_THAT(remarks_of(report), ElementsAre(HasSubstr("late: does not follow the export before it")));
    EXPECT_EQ(sum_of(report.days).count("visits"), 2);
}

TEST_F(ReportMerge, names_a_key_and_a_head_that_are_not_the_station_s) {
    std::vector<object> entries{entry_at(hour_us, "case.open")};
    const auto one = write("one", "S-1", entries);
    entries.push_back(entry_at(2 * hour_us, "case.open"));
    const auto other_key = write("key", "S-1", entries, {.from = 1, .seed = 'k', .head_station = {}});
    const auto other_head = write("head", "S-1", entries, {.from = 1, .seed = 0, .head_station = "S-9"});
    const auto report = merge_exports({one, other_key, other_head}, jakarta, std::nullopt);
    EXPECT_THAT(remarks_of(report), ElementsAre(HasSubstr("head: its head is of another station"),
                                                HasSubstr("key: is signed with a key that no entry announces")));
    EXPECT_TRUE(report.remarks[1].broken);
}

TEST_F(ReportMerge, takes_a_new_key_that_an_entry_announces) {
    std::vector<object> entries{entry_at(hour_us, "case.open")};
    const auto one = write("one", "S-1", entries);
    const auto fresh = SigningKey(std::string(SigningKey::seed_bytes, 'k')).public_key();
    entries.push_back(
        entry_at(2 * hour_us, "journal.key", {{"key", journal::key_id_of(fresh)}, {"public_key", to_hex(fresh)}}));
    const auto other_key = write("key", "S-1", entries, {.from = 1, .seed = 'k', .head_station = {}});
    const auto report = merge_exports({one, other_key}, jakarta, std::nullopt);
    EXPECT_THAT(remarks_of(report), ElementsAre());
    EXPECT_EQ(report.seals.at(0).key, journal::key_id_of(fresh));
}

TEST_F(ReportMerge, leaves_out_an_entry_that_no_station_writes) {
    const auto path =
        write_bodies("odd", "S-1", {"[1]", boost::json::serialize(entry_at(hour_us, "case.open"))}, 1, {});
    const auto report = merge_exports({path}, jakarta, std::nullopt);
    EXPECT_THAT(remarks_of(report), ElementsAre(HasSubstr("odd: entry 1 is no JSON object")));
    EXPECT_EQ(sum_of(report.days).count("visits"), 1);
}

TEST_F(ReportMerge, of_nothing_that_can_be_read_says_so) {
    std::ofstream(folder / "noise") << "";
    const auto report = merge_exports({(folder / "noise").string()}, jakarta, std::nullopt);
    EXPECT_THAT(report_text(report, jakarta, false), HasSubstr("no day is known\n"));
    EXPECT_THAT(report_html(report, jakarta), HasSubstr("the file is empty"));
}

} // namespace
} // namespace rekam::ctl
