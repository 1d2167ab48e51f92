// SPDX-License-Identifier: Apache-2.0
#include "core/wire/json.h"

#include <gtest/gtest.h>

namespace rekam::wire {
namespace {

model::Code refused(std::string_view text, const JsonLimits& limits = {}) {
    const auto parsed = parse_json(text, limits);
    EXPECT_FALSE(parsed.has_value()) << text;
    return parsed ? model::Code::internal : parsed.error().code;
}

TEST(Json, TakesOneDocument) {
    const auto parsed = parse_json(R"({"a":[1,2,{"b":null}],"c":"é"})");
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(canonical_json(*parsed), R"({"a":[1,2,{"b":null}],"c":"é"})");
}

TEST(Json, RefusesWhatIsNotOneDocument) {
    for (const auto* text : {"", "{", "{}{}", "{} x", "nul", "{\"a\":}", "[1,]", "\"\xff\"", "{'a':1}", "\x01"})
        EXPECT_EQ(refused(text), model::Code::bad_request) << text;
}

TEST(Json, RefusesEqualKeysAtAnyDepth) {
    EXPECT_EQ(refused(R"({"a":1,"a":2})"), model::Code::bad_request);
    EXPECT_EQ(refused(R"({"x":[{"b":{"c":1,"c":1}}]})"), model::Code::bad_request);
    EXPECT_EQ(refused(R"({"a":1,"\u0061":2})"), model::Code::bad_request);
    EXPECT_TRUE(parse_json(R"({"a":{"a":1},"b":{"a":1}})").has_value());
}

TEST(Json, KeepsItsLimits) {
    EXPECT_EQ(refused(std::string(100, ' ') + "1", {.bytes = 100}), model::Code::too_large);
    EXPECT_EQ(refused(R"({"a":1,"b":2,"c":3})", {.keys = 2}), model::Code::too_large);
    EXPECT_EQ(refused(std::string(40, '[') + std::string(40, ']')), model::Code::too_large);
    EXPECT_TRUE(parse_json(std::string(30, '[') + std::string(30, ']')).has_value());
}

TEST(Json, CanonicalTextForgetsOrderAndSpace) {
    const auto one = parse_json(R"({ "b" : [ 1, 2 ], "a" : { "y" : true, "x" : "q\"" } })");
    const auto two = parse_json(R"({"a":{"x":"q\u0022","y":true},"b":[1,2]})");
    ASSERT_TRUE(one && two);
    EXPECT_EQ(canonical_json(*one), canonical_json(*two));
    EXPECT_NE(canonical_json(*one), canonical_json(*parse_json(R"({"a":{"x":"q\u0022","y":true},"b":[2,1]})")));
}

TEST(Json, EscapesWhatMustBe) {
    std::string out;
    append_json_string(out, std::string_view("a\"\\\n\0\x1f é", 9));
    EXPECT_EQ(out, "\"a\\\"\\\\\\u000a\\u0000\\u001f é\"");
    const auto parsed = parse_json(out);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(std::string_view(parsed->as_string()), std::string_view("a\"\\\n\0\x1f é", 9));
}

} // namespace
} // namespace rekam::wire
