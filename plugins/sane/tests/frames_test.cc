// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/frames.h"

#include <gtest/gtest.h>

#include <cstring>

namespace rekam::sane {
namespace {

SANE_Parameters parameters(SANE_Frame format, int width, int lines, int depth, int bytes_per_line, bool last = true) {
    SANE_Parameters p{};
    p.format = format;
    p.pixels_per_line = width;
    p.lines = lines;
    p.depth = depth;
    p.bytes_per_line = bytes_per_line;
    p.last_frame = last ? SANE_TRUE : SANE_FALSE;
    return p;
}

class Frames : public testing::Test {
  protected:
    std::vector<uint8_t> out_;
    PageAssembler page_{
        [this](const uint8_t* bytes, std::size_t count) { out_.insert(out_.end(), bytes, bytes + count); }, 1'000};

    void feed(std::vector<uint8_t> bytes) { page_.feed(bytes.data(), bytes.size()); }
    void expect_bad(const SANE_Parameters& p) { EXPECT_THROW(page_.begin_pass(p), BadData); }
};

TEST_F(Frames, OneBitGrayIsTurnedRoundAndItsPaddingCleared) {
    page_.begin_pass(parameters(SANE_FRAME_GRAY, 10, 2, 1, 3));
    feed({0b10101010, 0b11111111, 0xee, 0x00, 0x00, 0xee});
    EXPECT_TRUE(page_.end_pass(false));
    EXPECT_EQ(page_.finish(), (PageShape{10, 2, 1, 1}));
    EXPECT_EQ(out_, (std::vector<uint8_t>{0b01010101, 0b00000000, 0xff, 0b11000000}));
}

TEST_F(Frames, OneBitColorIsWidenedToEight) {
    page_.begin_pass(parameters(SANE_FRAME_RGB, 2, 1, 1, 3));
    feed({0b10000000, 0b01000000, 0b11000000});
    EXPECT_TRUE(page_.end_pass(false));
    EXPECT_EQ(page_.finish(), (PageShape{2, 1, 8, 3}));
    EXPECT_EQ(out_, (std::vector<uint8_t>{255, 0, 255, 0, 255, 255}));
}

TEST_F(Frames, RowsMayComeInAnyPieces) {
    page_.begin_pass(parameters(SANE_FRAME_RGB, 2, 3, 8, 7));
    std::vector<uint8_t> bytes;
    for (uint8_t i = 0; i < 21; ++i)
        bytes.push_back(i);
    for (const std::size_t piece : {1u, 5u, 9u, 6u}) {
        page_.feed(bytes.data(), piece);
        bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(piece));
    }
    EXPECT_TRUE(page_.end_pass(false));
    EXPECT_EQ(page_.finish(), (PageShape{2, 3, 8, 3}));
    EXPECT_EQ(out_, (std::vector<uint8_t>{0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19}));
}

TEST_F(Frames, ThreePassesBecomeOnePictureWhateverTheirOrder) {
    for (const SANE_Frame first : {SANE_FRAME_RED, SANE_FRAME_GREEN, SANE_FRAME_BLUE}) {
        out_.clear();
        PageAssembler page(
            [this](const uint8_t* bytes, std::size_t count) { out_.insert(out_.end(), bytes, bytes + count); }, 1'000);
        for (int pass = 0; pass < 3; ++pass) {
            const int color = (first - SANE_FRAME_RED + pass) % 3;
            page.begin_pass(parameters(static_cast<SANE_Frame>(SANE_FRAME_RED + color), 2, 1, 16, 5, pass == 2));
            const auto value = static_cast<uint8_t>(10 * (color + 1));
            const std::vector<uint8_t> row{value, 1, static_cast<uint8_t>(value + 1), 2, 0xee};
            page.feed(row.data(), row.size());
            EXPECT_EQ(page.percent(), (pass + 1) * 100 / 3);
            EXPECT_EQ(page.end_pass(false), pass == 2);
        }
        EXPECT_EQ(page.finish(), (PageShape{2, 1, 16, 3}));
        EXPECT_EQ(out_, (std::vector<uint8_t>{10, 1, 20, 1, 30, 1, 11, 2, 21, 2, 31, 2}));
    }
}

TEST_F(Frames, AnUnknownHeightIsWhatCame) {
    page_.begin_pass(parameters(SANE_FRAME_GRAY, 2, -1, 8, 2));
    EXPECT_EQ(page_.percent(), -1);
    EXPECT_EQ(page_.expected_bytes(), 0u);
    feed({1, 2, 3, 4, 5, 6});
    EXPECT_TRUE(page_.end_pass(false));
    EXPECT_EQ(page_.finish(), (PageShape{2, 3, 8, 1}));
}

TEST_F(Frames, AShortPageIsOneOnlyFromAFeeder) {
    page_.begin_pass(parameters(SANE_FRAME_GRAY, 2, 3, 8, 2));
    feed({1, 2, 3});
    EXPECT_THROW(page_.end_pass(false), BadData);
    EXPECT_TRUE(page_.end_pass(true));
    EXPECT_EQ(page_.finish(), (PageShape{2, 1, 8, 1}));
    EXPECT_EQ(out_, (std::vector<uint8_t>{1, 2}));
}

TEST_F(Frames, APageWithoutRowsIsNone) {
    page_.begin_pass(parameters(SANE_FRAME_GRAY, 2, 3, 8, 2));
    feed({1});
    EXPECT_THROW(page_.end_pass(true), BadData);
}

TEST_F(Frames, MoreRowsThanAnnouncedAreRefused) {
    page_.begin_pass(parameters(SANE_FRAME_GRAY, 2, 1, 8, 2));
    EXPECT_THROW(feed({1, 2, 3, 4}), BadData);
}

TEST_F(Frames, APageThatIsTooLargeIsRefusedBeforeItCosts) {
    PageAssembler large([](const uint8_t*, std::size_t) {}, 1'000);
    EXPECT_THROW(large.begin_pass(parameters(SANE_FRAME_GRAY, 100, 11, 8, 100)), BadData);
    page_.begin_pass(parameters(SANE_FRAME_GRAY, 100, -1, 8, 100));
    EXPECT_THROW(feed(std::vector<uint8_t>(1'100)), BadData);
}

TEST_F(Frames, ParametersThatContradictThemselvesAreRefused) {
    SANE_Parameters jpeg = parameters(SANE_FRAME_GRAY, 2, 1, 8, 2);
    const int jpeg_type = 0x0b;
    std::memcpy(&jpeg.format, &jpeg_type, sizeof jpeg_type);
    expect_bad(jpeg);
    expect_bad(parameters(SANE_FRAME_GRAY, 2, 1, 12, 4));
    expect_bad(parameters(SANE_FRAME_GRAY, 0, 1, 8, 2));
    expect_bad(parameters(SANE_FRAME_GRAY, -2, 1, 8, 2));
    expect_bad(parameters(SANE_FRAME_GRAY, 2, 0, 8, 2));
    expect_bad(parameters(SANE_FRAME_GRAY, 2, -2, 8, 2));
    expect_bad(parameters(SANE_FRAME_GRAY, 2, 1, 8, 1));
    expect_bad(parameters(SANE_FRAME_GRAY, 2, 1, 8, 0));
    expect_bad(parameters(SANE_FRAME_RGB, 2, 1, 8, 5));
    expect_bad(parameters(SANE_FRAME_RGB, 9, 1, 1, 5));
    expect_bad(parameters(SANE_FRAME_GRAY, 2, 1, 8, 2, false));
}

TEST_F(Frames, PassesThatDoNotFitTogetherAreRefused) {
    page_.begin_pass(parameters(SANE_FRAME_RED, 2, 1, 8, 2, false));
    feed({1, 2});
    EXPECT_FALSE(page_.end_pass(false));
    expect_bad(parameters(SANE_FRAME_RED, 2, 1, 8, 2, false));
    expect_bad(parameters(SANE_FRAME_GREEN, 3, 1, 8, 3, false));
    expect_bad(parameters(SANE_FRAME_GREEN, 2, 1, 16, 4, false));
    expect_bad(parameters(SANE_FRAME_RGB, 2, 1, 8, 6, true));
    page_.begin_pass(parameters(SANE_FRAME_GREEN, 2, 2, 8, 2, false));
    feed({1, 2, 3, 4});
    EXPECT_THROW(page_.end_pass(false), BadData);
}

TEST_F(Frames, AColorThatNeverCameIsNoticed) {
    page_.begin_pass(parameters(SANE_FRAME_RED, 2, 1, 8, 2, true));
    feed({1, 2});
    EXPECT_TRUE(page_.end_pass(false));
    EXPECT_THROW(page_.finish(), BadData);
}

} // namespace
} // namespace rekam::sane
