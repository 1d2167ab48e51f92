// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/commands.h"
#include "core/ctl/exit_code.h"
#include "core/ctl/hints.h"
#include "core/ctl/table.h"
#include "tests/unit/tree.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

namespace rekam::ctl {
namespace {

ErrorBody error(const std::string& code, const std::string& error_class, const std::string& retry = "never",
                const std::string& effect = "none") {
    ErrorBody body;
    body.code = code;
    body.error_class = error_class;
    body.retry = retry;
    body.effect = effect;
    return body;
}

TEST(ExitCode, what_scripts_rely_on) {
    EXPECT_EQ(static_cast<int>(Exit::ok), 0);
    EXPECT_EQ(static_cast<int>(exit_of("jam", "operator")), 3);
    EXPECT_EQ(static_cast<int>(exit_of("lease-held", "caller")), 5);
    EXPECT_EQ(static_cast<int>(exit_of("denied", "caller")), 5);
    EXPECT_EQ(static_cast<int>(exit_of("held-by-process", "technician")), 5);
    EXPECT_EQ(static_cast<int>(exit_of("unknown-slot", "caller")), 64);
    EXPECT_EQ(static_cast<int>(exit_of("no-station", "technician")), 69);
    EXPECT_EQ(static_cast<int>(exit_of("shutting-down", "system")), 69);
    EXPECT_EQ(static_cast<int>(exit_of("device-error", "vendor")), 1);
    EXPECT_EQ(static_cast<int>(exit_of("cancelled", "operator")), 1);
    EXPECT_EQ(static_cast<int>(Exit::nothing_to_do), 2);
}

TEST(ExitCode, an_unknown_effect_comes_first) {
    EXPECT_EQ(exit_of(error("no-answer", "system", "later", "unknown")), Exit::outcome_unknown);
    EXPECT_EQ(exit_of(error("jam", "operator", "after-fix", "unknown")), Exit::outcome_unknown);
    EXPECT_EQ(exit_of(error("no-answer", "system", "later")), Exit::no_station);
}

TEST(ExitCode, a_code_of_tomorrow_goes_by_its_class) {
    EXPECT_EQ(exit_of("toner-low", "operator"), Exit::needs_person);
    EXPECT_EQ(exit_of("toner-low", "technician"), Exit::needs_person);
    EXPECT_EQ(exit_of("toner-low", "vendor"), Exit::failed);
}

TEST(Hints, a_hint_that_is_not_known_is_told_as_its_code) {
    const Hints hints({test::source_dir() / "config/hints"}, "en");
    const auto ribbon = hints.text("load-ribbon", "", "operator");
    ASSERT_TRUE(ribbon);
    EXPECT_EQ(hints.text("acme-turn-knob", "ribbon-out", "operator"), ribbon);
    EXPECT_EQ(hints.text("acme-turn-knob", "acme", "operator"), std::nullopt);
    EXPECT_NE(hints.text("load-ribbon", "", "applicant"), ribbon); // the one for everything that they cannot help with
    EXPECT_EQ(hints.text("load-ribbon", "", "applicant"), hints.text("bind-slot", "", "applicant"));
    EXPECT_EQ(hints.text("load-ribbon", "", "butcher"), std::nullopt);
    EXPECT_EQ(Hints().text("load-ribbon", "ribbon-out", "operator"), std::nullopt);
    EXPECT_EQ(Hints({"/nowhere"}, "en").language(), "");
}

// A code of the vocabulary that the table lacks would go by the class it is given here, which nobody knows.
TEST(ExitCode, every_code_of_the_vocabulary_is_in_the_table) {
    std::ifstream file(test::source_dir() / "sdk/schema/words.json");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto codes = boost::json::parse(text).at("definitions").at("code").at("enum").as_array();
    ASSERT_GT(codes.size(), 50U);
    for (const auto& code : codes) {
        const std::string name(code.as_string());
        EXPECT_EQ(exit_of(name, "operator"), exit_of(name, "vendor")) << name << " is not in the table";
    }
}

TEST(NextStep, always_says_something) {
    for (const char* retry : {"now", "later", "after-fix", "never", "someday"}) {
        for (const char* who : {"caller", "operator", "technician", "vendor", "system"})
            EXPECT_FALSE(next_step(error("x", who, retry)).empty());
    }
    auto busy = error("busy", "system", "later");
    busy.retry_ms = 1500;
    EXPECT_EQ(next_step(busy), "try again in 2 s");
    EXPECT_EQ(next_step(error("jam", "operator", "after-fix")), "the operator mends it, then try again");
}

TEST(Table, aligns_what_a_terminal_shows) {
    Table table({"NAME", "EMPTY", "STATE"});
    table.add({"kamera", "", "ready"});
    table.add({"pemindai-é", "", "down"});
    table.add({"写真", "", "busy"});
    EXPECT_EQ(table.text(false), "NAME        STATE\n"
                                 "kamera      ready\n"
                                 "pemindai-é  down\n"
                                 "写真        busy\n");
    EXPECT_THAT(table.text(true), testing::HasSubstr("\x1b[31mdown\x1b[0m"));
}

TEST(Table, nothing_in_a_cell_commands_the_terminal) {
    EXPECT_EQ(printable("a\x1b[2Jb\nc\x7f"), "a?[2Jb?c?");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "?31m");
    EXPECT_EQ(printable("\xe2\x80\xaeotf"), "?otf");
    EXPECT_EQ(printable("\xff\xc0\xaf\xed\xa0\x80\xe2\x82"), "????????");
    EXPECT_EQ(printable("Kantor Désa 写"), "Kantor Désa 写");
    EXPECT_EQ(width("e\xcc\x81"), 1U);
}

TEST(Parameter, values) {
    EXPECT_EQ(parameter("dpi=300").second, Value(std::int64_t{300}));
    EXPECT_EQ(parameter("best_effort=true").second, Value(true));
    EXPECT_EQ(parameter("mode=color").second, Value(std::string("color")));
    EXPECT_EQ(parameter("prompt=a=b").second, Value(std::string("a=b")));
    EXPECT_EQ(parameter("acme:key=").second, Value(std::string()));
    EXPECT_EQ(parameter("x=300dpi").second, Value(std::string("300dpi")));
    EXPECT_EQ(std::get<Json>(parameter(R"(area={"x_um":0})").second).text, R"({"x_um":0})");
    EXPECT_EQ(std::get<Json>(parameter(R"(prompt="300")").second).text, R"("300")");
    for (const char* wrong : {"dpi", "=300", "area={x"})
        EXPECT_THROW(parameter(wrong), Error) << wrong;
}

TEST(FileName, stays_in_its_directory) {
    FrameRecord frame;
    frame.format = "image/png";
    frame.page = 2;
    frame.side = "back";
    EXPECT_EQ(file_name("document", "J-17-3", frame), "document-J-17-3-2-back.png");
    frame.side = "../../etc";
    frame.format = "x/y";
    EXPECT_EQ(file_name("..", "/a\n", frame), "_.-_a_-2-_._.._etc.bin");
    EXPECT_EQ(file_name("..", "/a\n", frame).find('/'), std::string::npos);
}

TEST(Lines, nested_records_are_indented) {
    EXPECT_EQ(lines_of(R"({"slot":"photo","fence":3,"lease":{"client":"x\u001b"},"list":["a","b"],"deep":[{"k":1}]})"),
              "slot   photo\n"
              "fence  3\n"
              "lease:\n"
              "  client  x?\n"
              "list   [\"a\",\"b\"]\n"
              "deep:\n"
              "  -\n"
              "    k  1\n");
}

} // namespace
} // namespace rekam::ctl
