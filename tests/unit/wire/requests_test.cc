// SPDX-License-Identifier: Apache-2.0
// The reader is equal to the schemas: every request in tests/schema/cases gets from it what the validator says.
#include "core/wire/request.h"
#include "tests/unit/tree.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace rekam::wire {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& of, std::string_view key) {
    const auto* value = of.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

TEST(Requests, AreReadAsTheSchemasSay) {
    int checked = 0;
    for (const auto& entry : std::filesystem::directory_iterator(test::source_dir() / "tests/schema/cases")) {
        std::ifstream file(entry.path());
        const std::string text(std::istreambuf_iterator<char>(file), {});
        const json::value cases = json::parse(text);
        for (const auto& item : cases.as_array()) {
            const auto& one = item.as_object();
            const std::string name = entry.path().stem().string() + " " + text_of(one, "name");
            if (text_of(one, "by") == "station") // needs to know more than the header: the broker's tests have these
                continue;
            const auto* raw = one.if_contains("raw"); // headers that no JSON writer would write
            const auto read = read_request(raw ? std::string(raw->as_string()) : json::serialize(one.at("request")));
            std::optional<model::Error> error;
            if (!read)
                error = read.error().error;
            else if (read->op == Op::capture_start)
                error = check_job_envelope(read->envelope);
            ++checked;
            if (one.at("expect").is_string()) {
                EXPECT_FALSE(error.has_value()) << name << ": " << (error ? error->message : "");
                continue;
            }
            const auto& expected = one.at("expect").as_object();
            EXPECT_TRUE(error.has_value()) << name << " must be refused";
            if (!error)
                continue;
            EXPECT_EQ(model::name(error->code), text_of(expected, "code")) << name << ": " << error->message;
            if (expected.contains("path")) {
                EXPECT_EQ(error->path.value_or(""), text_of(expected, "path")) << name << ": " << error->message;
            }
        }
    }
    EXPECT_GT(checked, 900);
}

TEST(Requests, RefusalsFindTheirRequest) {
    const auto read = read_request(R"({"v":1,"id":"c9","op":"nonsense"})");
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().id, "c9");
    EXPECT_EQ(read.error().error.code, model::Code::unknown_op);
}

TEST(Requests, AnswerAWrongVersionBeforeAnythingElse) {
    const auto read = read_request(R"({"v":2,"id":"x","op":17,"anything":[]})");
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().error.code, model::Code::unsupported_version);
    ASSERT_TRUE(read.error().error.versions.has_value());
    EXPECT_EQ(read.error().error.versions->front(), 1);
    EXPECT_EQ(read.error().id, "x");
}

TEST(Requests, HaveAHashThatForgetsTheEnvelope) {
    const auto with = [](const char* id, const char* params) {
        const auto read =
            read_request(std::string(R"({"v":1,"op":"capture.start","id":")") + id + R"(","params":)" + params + "}");
        return read ? body_hash(*read) : std::string("refused");
    };
    const auto first = with("1", R"({"slot":"photo","subject":"face","attach":true})");
    EXPECT_EQ(first, with("2", R"({ "attach":true, "subject":"face", "slot":"photo" })"));
    EXPECT_NE(first, with("1", R"({"slot":"photo","subject":"face","attach":false})"));
}

} // namespace
} // namespace rekam::wire
