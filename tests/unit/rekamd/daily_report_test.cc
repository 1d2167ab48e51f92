// SPDX-License-Identifier: Apache-2.0
// report.daily from the store's file: the figures, what vouches for them, and how it fits one answer.
#include "core/rekamd/daily_report.h"

#include "core/journal/entry.h"
#include "core/report/days.h"
#include "core/wire/codec.h"
#include "tests/unit/rekamd/store_fixture.h"
#include "tests/unit/tree.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace rekam::rekamd {
namespace {

using boost::json::object;
using testing::HasSubstr;

constexpr std::int64_t minute_us = 60'000'000, hour_us = 60 * minute_us;
constexpr std::int64_t morning_us = 1'795'708'800'000'000; ///< 2026-11-26T16:00 UTC: 23:00 in Jakarta

HeadSigner signer() { return {SigningKey(std::string(32, 'k')), "S-1", 1'000}; }

broker::Entry entry_at(std::int64_t utc_us, std::string_view kind, object facts = {}) {
    object body{{"kind", kind}, {"at", object{{"utc_us", utc_us}, {"synced", true}}}};
    for (auto& fact : facts)
        body.insert_or_assign(fact.key(), fact.value());
    return {boost::json::serialize(body), ""};
}

struct DailyReportTest : StoreFileTest {
    std::unique_ptr<StoreFile> file = std::make_unique<StoreFile>(files.path());
    broker::DailyReport asked{{"S-1", "Tanjung Lago", "Asia/Jakarta"}, {}, morning_us + 2 * hour_us};

    void write(std::int64_t utc_us, std::string_view kind, object facts = {}) {
        file->append({}, std::vector<broker::Entry>{entry_at(utc_us, kind, std::move(facts))});
    }
    wire::Expected<wire::ReportDailyResult> report(
        const std::optional<journal::SignedHead>& head = {}, const std::function<bool()>& go_on = [] { return true; }) {
        JournalReader reader(path);
        return daily_report(reader, asked, head, signer().key.public_key(), go_on);
    }
    std::string refusal_of(const std::string& day) {
        asked.day = day;
        const auto result = report();
        return result ? "none" : result.error().path.value_or("") + ": " + result.error().message;
    }
};

TEST_F(DailyReportTest, counts_the_day_of_the_stations_zone) {
    write(morning_us, "case.open", {{"purpose", "enrol"}});                  // 23:00 of the 26th
    write(morning_us + 90 * minute_us, "case.open", {{"purpose", "enrol"}}); // 00:30 of the 27th
    write(morning_us + 91 * minute_us, "capture.end",
          {{"job", "J-1"}, {"slot", "photo"}, {"outcome", "failed"}, {"error", "cover-open"}, {"attempt", 1}});
    write(morning_us + 92 * minute_us, "print.end",
          {{"job", "J-2"}, {"slot", "printer"}, {"device", "a/1"}, {"outcome", "unknown"}});
    write(morning_us + 93 * minute_us, "device.failed", {{"device", "a/1"}});
    write(morning_us + 94 * minute_us, "cards.load", {{"device", "a/1"}, {"count", 5}, {"left", 5}});
    const auto today = report();
    ASSERT_TRUE(today) << today.error().message;
    EXPECT_EQ(today->day, "2026-11-27");
    EXPECT_EQ(today->from_us, morning_us + hour_us);
    EXPECT_EQ(today->until_us, asked.now_us) << "the day is not over";
    EXPECT_EQ(today->station.name, "Tanjung Lago");
    EXPECT_EQ(today->entries, 5);
    EXPECT_TRUE(today->whole);
    EXPECT_EQ(today->figures.at("visits"), 1);
    EXPECT_EQ(today->figures.at("failures"), 1);
    EXPECT_EQ(today->figures.at("open-unknown"), 1);
    ASSERT_EQ(today->hours.size(), 24U);
    EXPECT_EQ(today->hours[0].visits, 1);
    ASSERT_EQ(today->outcomes.size(), 2U);
    EXPECT_EQ(today->outcomes[0].cause, "cover-open");
    EXPECT_EQ(today->open.at(0).job, "J-2");
    EXPECT_EQ(today->down.at(0).ms, (asked.now_us - morning_us - 93 * minute_us) / 1'000);
    EXPECT_TRUE(today->down.at(0).still);
    EXPECT_EQ(today->blanks.at(0).left, 5);
    EXPECT_FALSE(today->left_out);
    asked.day = "2026-11-26";
    const auto yesterday = report();
    ASSERT_TRUE(yesterday);
    EXPECT_EQ(yesterday->entries, 1);
    EXPECT_EQ(yesterday->until_us, morning_us + hour_us);
    EXPECT_TRUE(yesterday->open.empty()) << "what came later is not of that day";
    asked.day = "2026-11-20";
    EXPECT_EQ(report()->entries, 0) << "a day without entries has its zeros";
}

TEST_F(DailyReportTest, has_every_figure_of_the_schema_and_no_other) {
    write(morning_us, "station.start");
    const auto schema = boost::json::parse(Files::read(test::source_dir() / "sdk/schema/report.daily.result.json"));
    std::vector<std::string> in_schema, required, in_result;
    const auto& figures = schema.at("properties").at("figures");
    for (const auto& member : figures.at("properties").as_object())
        in_schema.emplace_back(member.key());
    for (const auto& name : figures.at("required").as_array())
        required.emplace_back(name.as_string());
    for (const auto name : report::figure_names())
        in_result.emplace_back(name);
    EXPECT_EQ(in_schema, in_result);
    EXPECT_EQ(required, in_result);
    EXPECT_EQ(report()->figures.size(), in_result.size());
}

TEST_F(DailyReportTest, counts_what_its_head_vouches_for) {
    file->sign_with(signer());
    write(morning_us + 2 * minute_us, "case.open", {{"purpose", "enrol"}});
    const auto head = file->sign_head();
    ASSERT_TRUE(head);
    asked.day = "2026-11-26";
    write(morning_us + 3 * minute_us, "case.open", {{"purpose", "enrol"}}); // while the question was on its way
    const auto vouched = report(head);
    ASSERT_TRUE(vouched);
    EXPECT_EQ(vouched->figures.at("visits"), 1);
    ASSERT_TRUE(vouched->head);
    EXPECT_EQ(vouched->head->seq, journal::read_head(head->text)->seq);
    EXPECT_EQ(vouched->unsigned_, 0);
    const auto loose = report(); // the store could not sign
    EXPECT_EQ(loose->figures.at("visits"), 2);
    EXPECT_EQ(loose->head->seq, vouched->head->seq);
    EXPECT_EQ(loose->unsigned_, 1);
}

TEST_F(DailyReportTest, says_when_it_does_not_begin_at_the_first_entry) {
    write(morning_us, "station.start");
    write(morning_us, "station.stop");
    asked.day = "2026-11-26";
    EXPECT_TRUE(report()->whole);
    raw(path, "DELETE FROM journal WHERE seq=1");
    EXPECT_FALSE(report()->whole);
    EXPECT_FALSE(report()->head) << "nothing was ever signed";
}

TEST_F(DailyReportTest, leaves_out_what_does_not_fit_and_says_how_much) {
    std::vector<broker::Entry> many;
    for (int i = 0; i < 400; ++i) {
        const std::string device = "org.example/" + std::string(150, 'd') + std::to_string(i), slot(60, 's');
        many.push_back(entry_at(morning_us, "slot.hold", {{"slot", slot}, {"reason", std::string(200, 'r')}}));
        many.push_back(entry_at(morning_us, "device.failed", {{"device", device}}));
        many.push_back(entry_at(morning_us, "cards.load", {{"device", device}, {"count", 1}, {"left", 1}}));
        many.push_back(entry_at(morning_us, "print.end",
                                {{"job", "J-1-" + std::to_string(i)},
                                 {"slot", slot},
                                 {"device", device},
                                 {"outcome", "unknown"},
                                 {"error", "code-" + std::to_string(i)}}));
    }
    file->append({}, many);
    file->sign_with(signer());
    asked.day = "2026-11-26";
    const auto full = report(file->sign_head());
    ASSERT_TRUE(full);
    ASSERT_TRUE(full->left_out);
    EXPECT_EQ(std::ssize(full->happenings) + full->left_out->happenings, 800) << "holds and unknown outcomes";
    EXPECT_EQ(std::ssize(full->outcomes) + full->left_out->outcomes, 400);
    EXPECT_EQ(std::ssize(full->down) + full->left_out->down, 400);
    EXPECT_EQ(std::ssize(full->blanks) + full->left_out->blanks, 400);
    EXPECT_EQ(std::ssize(full->open) + full->left_out->open, 400);
    for (const auto left : {full->left_out->happenings, full->left_out->outcomes, full->left_out->down,
                            full->left_out->blanks, full->left_out->open})
        EXPECT_GT(left, 0);
    EXPECT_EQ(full->figures.at("holds"), 400) << "what is counted is counted whole";
    EXPECT_LT(wire::encode(*full).size(), 60'000U);
}

TEST_F(DailyReportTest, starts_over_when_entries_move_meanwhile) {
    std::vector<broker::Entry> many(6'000, entry_at(morning_us, "case.open", {{"purpose", "enrol"}}));
    file->append({}, many);
    asked.day = "2026-11-26";
    int slices = 0;
    const auto result = report({}, [&] {
        if (++slices == 2)
            raw(path, "DELETE FROM journal WHERE seq <= 1000");
        return true;
    });
    ASSERT_TRUE(result);
    EXPECT_EQ(result->figures.at("visits"), 5'000)
        << "none of those that were counted before the move is counted twice";
    EXPECT_FALSE(result->whole);
}

TEST_F(DailyReportTest, is_refused_with_what_to_do) {
    write(morning_us, "station.start");
    EXPECT_THAT(refusal_of("2026-02-30"), HasSubstr("params.day: params.day must be a date"));
    EXPECT_THAT(refusal_of("tomorrow!!"), HasSubstr("like 2026-11-27"));
    EXPECT_THAT(refusal_of("2026-11-28"), HasSubstr("it is 2026-11-27"));
    EXPECT_EQ(refusal_of("2026-11-27"), "none");
    asked.station.zone = "Asia/Nowhere";
    EXPECT_THAT(refusal_of("2026-11-27"), HasSubstr("tzdata"));
    asked.station.zone = "UTC";
    asked.day.reset();
    EXPECT_EQ(report()->day, "2026-11-26");
    EXPECT_EQ(report({}, [] { return false; }).error().code, model::Code::shutting_down);
}

} // namespace
} // namespace rekam::rekamd
