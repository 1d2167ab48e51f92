// SPDX-License-Identifier: Apache-2.0
#include "core/broker/facts.h"

#include "core/model/error.h"

#include <gtest/gtest.h>

namespace rekam::broker {
namespace {

TEST(Facts, AreTheMembersOfAnObjectInTheirOrder) {
    Facts facts{{"kind", "capture.end"}, {"count", 3}, {"on", true}, {"error", model::Code::card_absent}};
    facts.add("frames", std::vector<std::string>{"sha256:aa", "sha256:bb"});
    facts.add("none", std::vector<std::string>{});
    EXPECT_EQ(facts.object(), R"({"kind":"capture.end","count":3,"on":true,"error":"card-absent",)"
                              R"("frames":["sha256:aa","sha256:bb"],"none":[]})");
}

TEST(Facts, SayNothingWhereThereIsNothing) {
    Facts facts;
    EXPECT_TRUE(facts.empty());
    facts.add("serial", std::optional<std::string>());
    facts.add("operator", std::optional<std::string>(""));
    facts.add("attempt", std::optional<std::int64_t>());
    facts.add(Facts());
    EXPECT_TRUE(facts.empty());
    EXPECT_EQ(facts.object(), "{}");
    facts.add("attempt", std::optional<std::int64_t>(0));
    EXPECT_EQ(facts.object(), R"({"attempt":0})") << "a number is something";
}

TEST(Facts, KeepWhatWouldBreakALineOrAnObject) {
    Facts facts{{"reason", "he said \"no\"\n\\ \x1b[31m"}};
    facts.add("at", Facts{{"boot", "b-1"}});
    facts.add(Facts{{"slot", "photo"}});
    EXPECT_EQ(facts.object(), "{\"reason\":\"he said \\\"no\\\"\\u000a\\\\ \\u001b[31m\","
                              "\"at\":{\"boot\":\"b-1\"},\"slot\":\"photo\"}");
}

} // namespace
} // namespace rekam::broker
