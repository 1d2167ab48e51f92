// SPDX-License-Identifier: Apache-2.0
// An exported journal says of itself whether it is whole.
#include "core/journal/lines.h"
#include "tests/unit/journal/book.h"

#include <gmock/gmock.h>

#include <sstream>

namespace rekam::journal {
namespace {

using testing::HasSubstr;

std::string exported(const Book& book) {
    std::string text = line_of(FirstLine{"S-1", station_key().public_key(), book.heads.back().second});
    for (const auto& row : book.rows)
        text += line_of(row);
    for (const auto& [seq, head] : book.heads)
        text += line_of(seq, head);
    return text;
}

FileVerdict verify(const std::string& text, Anchors anchors = {}) {
    const auto open = [&]() -> NextLine {
        auto stream = std::make_shared<std::istringstream>(text);
        return [stream](std::string& line) { return static_cast<bool>(std::getline(*stream, line)); };
    };
    return verify_lines(open, std::move(anchors));
}

struct LinesTest : testing::Test {
    LinesTest() {
        book.add(announce(station_key()));
        book.add(R"({"kind":"case.open"})", R"({"case":"C-1"})");
        book.sign_last(station_key());
        book.add(R"({"kind":"case.close","text":"with \"quotes\" and \\u001b"})");
        book.sign_last(station_key());
    }
    Book book;
};

TEST_F(LinesTest, a_whole_export_is_whole_and_holds_nobody) {
    const std::string text = exported(book);
    EXPECT_EQ(text.find("C-1"), std::string::npos);
    const auto found = verify(text);
    EXPECT_EQ(found.problem, "");
    EXPECT_FALSE(found.verdict.flaw) << found.verdict.flaw->what;
    EXPECT_EQ(found.verdict.last, 3);
    EXPECT_EQ(found.verdict.heads, 2);
    EXPECT_EQ(found.station, "S-1");
    EXPECT_FALSE(verify(text, {.public_key = station_key().public_key(), .kept = {}, .personal = true}).verdict.flaw);
}

TEST_F(LinesTest, an_export_that_was_cut_off_says_where) {
    const std::string text = exported(book);
    std::size_t end = 0;
    for (int line = 0; line < 3; ++line)
        end = text.find('\n', end) + 1;
    const auto found = verify(text.substr(0, end));
    EXPECT_EQ(found.problem, "");
    ASSERT_TRUE(found.verdict.flaw);
    EXPECT_EQ(found.verdict.flaw->seq, 3);
    EXPECT_THAT(verify(text.substr(0, text.size() - 20)).problem, HasSubstr("line 6: "));
}

TEST_F(LinesTest, a_changed_export_is_found) {
    std::string text = exported(book);
    text.replace(text.find("case.open"), 9, "case.shut");
    ASSERT_TRUE(verify(text).verdict.flaw);
    EXPECT_EQ(verify(text).verdict.flaw->seq, 2);
}

TEST_F(LinesTest, an_export_by_another_key_is_found_by_who_knows_the_stations) {
    const SigningKey thief(std::string(32, 't'));
    Book forged;
    forged.add(announce(thief));
    const auto head = forged.sign_last(thief);
    std::string text = line_of(FirstLine{"S-1", thief.public_key(), head});
    text += line_of(forged.rows[0]) + line_of(1, head);
    EXPECT_FALSE(verify(text).verdict.flaw) << "the file alone cannot tell";
    EXPECT_TRUE(verify(text, {.public_key = station_key().public_key(), .kept = {}, .personal = true}).verdict.flaw);
    const auto kept = read_kept(on_paper(*read_head(book.heads.back().second.text)));
    EXPECT_TRUE(verify(text, {.public_key = {}, .kept = {*kept}, .personal = true}).verdict.flaw);
}

TEST_F(LinesTest, what_is_no_export_is_refused_with_its_line) {
    EXPECT_THAT(verify("").problem, HasSubstr("empty"));
    EXPECT_THAT(verify("hello\n").problem, HasSubstr("line 1: is no JSON object"));
    EXPECT_THAT(verify("{}\n").problem, HasSubstr("line 1: is not the first line"));
    const std::string text = exported(book);
    EXPECT_THAT(verify(text + "{\"seq\":4}\n").problem, HasSubstr("line 7: text is no text"));
    EXPECT_THAT(verify(text + "{\"seq\":\"x\",\"text\":\"\",\"commitment\":\"zz\",\"hash\":\"\"}\n").problem,
                HasSubstr("line 7: seq is no number"));
}

} // namespace
} // namespace rekam::journal
