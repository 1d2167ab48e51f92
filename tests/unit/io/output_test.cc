// SPDX-License-Identifier: Apache-2.0
#include "core/io/output.h"
#include "core/io/text.h"

#include <gmock/gmock.h>

namespace rekam::io {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Pair;

TEST(Escape, leaves_text_alone_and_disarms_the_rest) {
    EXPECT_EQ(escape("Kartu tanda penduduk, 50 €, 漢字 🙂"), "Kartu tanda penduduk, 50 €, 漢字 🙂");
    EXPECT_EQ(escape("a\r\nb\tc"), "a\\r\\nb\\tc");
    EXPECT_EQ(escape("\x1b[31mred"), "\\x1b[31mred");
    EXPECT_EQ(escape(std::string_view("\0\x7f", 2)), "\\x00\\x7f");
    EXPECT_EQ(escape("\xc2\x9b"
                     "0m"),
              "\\u{009b}0m")
        << "a C1 control is one too";
    EXPECT_EQ(escape("\xe2\x80\xae"
                     "txt"),
              "\\u{202e}txt")
        << "right-to-left override";
    EXPECT_EQ(escape("\xe2\x80\xa8"), "\\u{2028}");
}

TEST(Escape, bytes_that_are_no_utf8_become_hex) {
    EXPECT_EQ(escape("\xff\xfe"), "\\xff\\xfe");
    EXPECT_EQ(escape("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
    EXPECT_EQ(escape("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
    EXPECT_EQ(escape("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
    EXPECT_EQ(escape("\xe2\x82"), "\\xe2\\x82") << "cut off";
}

struct OutputTest : testing::Test {
    std::vector<std::pair<Priority, std::string>> lines;
    OutputCollector output{[this](Priority priority, const std::string& line) { lines.emplace_back(priority, line); }};
};

TEST_F(OutputTest, lines_have_the_priority_that_they_show) {
    output.take("plain\n<3>err", 0);
    output.take("or\n<4>warning\r\n<7>debug\n<9>no priority\n<5>notice\nunfinished", 0);
    EXPECT_EQ(lines.size(), 6u);
    output.finish(0);
    EXPECT_THAT(lines, ElementsAre(Pair(Priority::info, "plain"), Pair(Priority::error, "error"),
                                   Pair(Priority::warning, "warning"), Pair(Priority::debug, "debug"),
                                   Pair(Priority::info, "<9>no priority"), Pair(Priority::info, "notice"),
                                   Pair(Priority::info, "unfinished")));
}

TEST_F(OutputTest, words_are_priorities_too) {
    output.take("error: e\nwarning: w\ninfo: i\ndebug: d\nerrors: none\n", 0);
    EXPECT_THAT(lines, ElementsAre(Pair(Priority::error, "e"), Pair(Priority::warning, "w"), Pair(Priority::info, "i"),
                                   Pair(Priority::debug, "d"), Pair(Priority::info, "errors: none")));
}

TEST_F(OutputTest, long_lines_are_cut_and_control_characters_escaped) {
    output.take(std::string(OutputCollector::line_bytes, 'a') + std::string(500, 'b'), 0);
    output.take("b\n\x1b[2J\n", 0);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_THAT(lines[0].second, EndsWith("aaa (and 501 bytes more)"));
    EXPECT_EQ(lines[1].second, "\\x1b[2J");
}

TEST_F(OutputTest, a_flood_is_counted_instead_of_logged) {
    for (int i = 0; i < 1'000; ++i)
        output.take("line\n", 100);
    EXPECT_EQ(lines.size(), static_cast<std::size_t>(OutputCollector::lines_per_second));
    output.take("next second\n", 1'000'100);
    EXPECT_THAT(lines[lines.size() - 2], Pair(Priority::warning, HasSubstr("800 more lines")));
    EXPECT_EQ(lines.back().second, "next second");
}

TEST_F(OutputTest, the_tail_is_bounded_and_made_of_whole_lines) {
    for (int i = 0; i < 50'000; ++i)
        output.take("line " + std::to_string(i) + "\n", 0);
    const std::string tail = output.tail();
    EXPECT_LE(tail.size(), OutputCollector::tail_bytes);
    EXPECT_GT(tail.size(), OutputCollector::tail_bytes - 20);
    EXPECT_TRUE(tail.starts_with("line "));
    EXPECT_TRUE(tail.ends_with("line 49999\n"));
}

} // namespace
} // namespace rekam::io
