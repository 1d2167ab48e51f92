// SPDX-License-Identifier: Apache-2.0
// Every error of the vocabulary that a client can bring about: it is brought about, and the answer has the right code,
// class and retry, names what it is about and says what to do. A code without a row needs a reason here.
#include "tests/unit/broker/errors.h"

#include <rekam/codes.h>

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;

/// Codes that no client can bring about yet. A row makes the reason wrong, and the test says so.
const std::map<Code, const char*> reasons{
    {Code::flapping, "device.doctor finds it; no request fails because of it"},

};

ErrorRows all_rows() {
    auto rows = gate_errors();
    for (auto&& more : {request_errors(), capture_errors(), device_errors(), card_errors()})
        rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

std::string word(Code code) { return std::string(model::name(code)); }

class Errors : public ::testing::TestWithParam<ErrorRow> {};

TEST_P(Errors, SayWhatItIsAboutAndWhatToDo) {
    const ErrorRow& row = GetParam();
    const Answer answer = row.cause();
    ASSERT_FALSE(answer.ok) << answer.text();
    EXPECT_EQ(answer["code"], word(row.code)) << answer.text();
    EXPECT_EQ(answer["class"], row.cls);
    EXPECT_EQ(answer["retry"], row.retry);
    EXPECT_EQ(answer["effect"], "none");
    const auto hint = model::facts(row.code).hint;
    EXPECT_EQ(answer["hint"], hint.empty() ? "-" : hint);
    EXPECT_NE(answer["message"].find(row.names), std::string::npos) << "must name " << row.names << answer.text();
    EXPECT_NE(answer["message"].find(row.says), std::string::npos) << "must say " << row.says << answer.text();
}

INSTANTIATE_TEST_SUITE_P(All, Errors, ::testing::ValuesIn(all_rows()), [](const auto& one) {
    std::string name = word(one.param.code) + "_" + one.param.what;
    std::ranges::replace(name, '-', '_');
    return name;
});

TEST(ErrorList, HasARowOrAReasonForEachCode) {
    const auto rows = all_rows();
    for (std::size_t i = 0; i < model::Names<Code>::values.size(); ++i) {
        const auto code = static_cast<Code>(i);
        const bool has_row = std::ranges::find(rows, code, &ErrorRow::code) != rows.end();
        EXPECT_TRUE(has_row || reasons.contains(code))
            << word(code) << ": add a row that brings it about, or the reason why no client can";
        EXPECT_FALSE(has_row && reasons.contains(code)) << word(code) << " can be brought about: its reason is wrong";
    }
}

struct Reported {
    const char* word;
    bool plugin;
};
constexpr bool origin_PLUGIN = true, origin_STATION = false;
#define REKAM_TEST_REPORTED(id, number, word, class_, retry, origin) Reported{word, origin_##origin},
constexpr std::array reported_codes{REKAM_ERROR_LIST(REKAM_TEST_REPORTED)};
#undef REKAM_TEST_REPORTED

TEST(ErrorList, OfPluginsIsCompletedByWhatToDo) {
    for (const auto& reported : reported_codes) {
        if (!reported.plugin)
            continue;
        const auto remedy = model::facts(*model::parse<Code>(reported.word)).remedy;
        EXPECT_FALSE(remedy.empty()) << reported.word << " may be any vendor's text: say what to do in error.cc";
        Setting at;
        const auto answer = at.running([&] { at.world.fail(at.cam, reported.word, "motor 7"); });
        EXPECT_EQ(answer["message"], "motor 7; " + std::string(remedy)) << reported.word;
    }
}

TEST(ErrorList, TellsNobodyWhetherAnothersFrameIsThere) {
    Setting at;
    at.running([&] { at.world.deliver(at.cam); });
    Client other(at.world, "desk-2"), stranger(at.world, "spy", 2000);
    const auto get = [](Client& who) { return who.ask("frame.get", R"({"frame":"F-1-1"})"); };
    const auto there = get(other);
    EXPECT_EQ(get(stranger).text(), there.text());
    EXPECT_EQ(other.ask("frame.release", R"({"frames":["F-1-1"]})")["released"], "0");
    EXPECT_EQ(get(at.client).code(), "ok") << "and nobody else releases it";
    at.client.ask("frame.release", R"({"frames":["F-1-1"]})");
    EXPECT_EQ(get(other).text(), there.text()) << "the same words, now that it is gone";
    EXPECT_EQ(get(at.client).text(), there.text());
}

} // namespace
} // namespace rekam::broker
