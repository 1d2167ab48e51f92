// SPDX-License-Identifier: Apache-2.0 OR MIT
// Every mode, depth, source and picture of SANE's test scanner, byte for byte: against the picture's own definition,
// and against what scanimage, SANE's own front end, makes of the same settings.
#include "plugins/sane/tests/sane_env.h"
#include "plugins/sane/tests/test_host.h"

#include <gtest/gtest.h>

#include <cstring>
#include <tuple>

namespace rekam::sane_test {
namespace {

struct Pnm {
    char kind = 0;
    uint32_t width = 0, height = 0, max = 0;
    std::vector<uint8_t> pixels;
};

/// scanimage writes 'P4' (a set bit is black), 'P5', 'P6'; 16-bit samples with the high byte first.
Pnm parse_pnm(const std::vector<uint8_t>& bytes) {
    Pnm pnm;
    std::size_t at = 2;
    pnm.kind = bytes.size() > 2 ? static_cast<char>(bytes[1]) : '\0';
    const auto number = [&] {
        uint32_t value = 0;
        while (at < bytes.size() && (bytes[at] == '#' || std::isspace(bytes[at])))
            if (bytes[at++] == '#')
                while (at < bytes.size() && bytes[at] != '\n')
                    ++at;
        while (at < bytes.size() && std::isdigit(bytes[at]))
            value = value * 10 + (bytes[at++] - '0');
        return value;
    };
    pnm.width = number();
    pnm.height = number();
    pnm.max = pnm.kind == '4' ? 1 : number();
    if (at < bytes.size())
        pnm.pixels.assign(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 1, bytes.end());
    return pnm;
}

/// The same pixels as our record has them: 0 is black in every depth, machine byte order, no bits behind the last
/// pixel.
std::vector<uint8_t> as_raw(const Pnm& pnm) {
    std::vector<uint8_t> raw = pnm.pixels;
    if (pnm.max > 255)
        for (std::size_t i = 0; i + 1 < raw.size(); i += 2)
            std::swap(raw[i], raw[i + 1]);
    if (pnm.kind != '4')
        return raw;
    const std::size_t row = (pnm.width + 7) / 8;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        raw[i] = static_cast<uint8_t>(~raw[i]);
        if (i % row == row - 1 && pnm.width % 8 != 0)
            raw[i] = static_cast<uint8_t>(raw[i] & (0xff << (8 - pnm.width % 8)));
    }
    return raw;
}

struct Mode {
    const char* word;
    const char* text; // SANE's
    int depth, bits, channels;
};
constexpr Mode modes[] = {{"lineart", "Gray", 1, 1, 1}, {"gray", "Gray", 8, 8, 1},   {"gray", "Gray", 16, 16, 1},
                          {"color", "Color", 1, 8, 3},  {"color", "Color", 8, 8, 3}, {"color", "Color", 16, 16, 3}};
constexpr const char* pictures[] = {"Solid black", "Solid white", "Color pattern", "Grid"};
constexpr std::pair<const char*, const char*> sources[] = {{"flatbed", "Flatbed"},
                                                           {"feeder", "Automatic Document Feeder"}};

using Case = std::tuple<Mode, const char*, std::pair<const char*, const char*>>;

class Pictures : public testing::TestWithParam<Case> {};

std::vector<std::string> scanimage(const Mode& mode, const std::string& picture, const std::string& source) {
    return {"scanimage",
            "-d",
            "test:0",
            "--format=pnm",
            "--mode",
            mode.text,
            "--depth",
            std::to_string(mode.depth),
            "--source",
            source,
            "--test-picture",
            picture,
            "--resolution",
            "101",
            "-l",
            "3",
            "-t",
            "2",
            "-x",
            "33",
            "-y",
            "27"};
}

OptionList options(const Mode& mode, const char* picture, const char* source) {
    return {{"mode", mode.word},
            {"depth", mode.depth},
            {"source", source},
            {"sane:test-picture", picture},
            {"dpi", 101},
            {"area.x_um", 3'000},
            {"area.y_um", 2'000},
            {"area.width_um", 33'000},
            {"area.height_um", 27'000},
            {"pages_max", 1}};
}

TEST_P(Pictures, AreWhatScanimageMakesOfThem) {
    const auto& [mode, picture, source] = GetParam();
    const TestBackend backend;
    TestHost host;
    const auto device = host.open("test:0");
    const Outcome outcome = device->run(options(mode, picture, source.first));
    ASSERT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
    ASSERT_EQ(outcome.pages.size(), 1u);
    const Page& page = outcome.pages[0];
    EXPECT_EQ(page.record.bits, static_cast<uint32_t>(mode.bits));
    EXPECT_EQ(page.record.channels, static_cast<uint32_t>(mode.channels));
    EXPECT_EQ(page.record.dpi_x, 101u);
    EXPECT_EQ(page.record.dpi_y, 101u);
    EXPECT_EQ(page.record.width_px, 131u); // 33 mm at 101 dpi: not a multiple of 8, so that padding shows
    EXPECT_EQ(page.record.height_px, 107u);
    EXPECT_EQ(page.record.page, 1u);
    if (mode.depth == 1 && mode.channels == 3)
        return; // scanimage has no form for it; ColorOfOneBit looks at the pixels
    const Ran ran = run_program(scanimage(mode, picture, source.second));
    ASSERT_EQ(ran.exit_code, 0);
    const Pnm pnm = parse_pnm(ran.out);
    ASSERT_EQ(pnm.width, page.record.width_px);
    ASSERT_EQ(pnm.height, page.record.height_px);
    EXPECT_TRUE(as_raw(pnm) == page.bytes) << "the pixels differ";
}

INSTANTIATE_TEST_SUITE_P(All, Pictures,
                         testing::Combine(testing::ValuesIn(modes), testing::ValuesIn(pictures),
                                          testing::ValuesIn(sources)));

Page one_page(const OptionList& wanted) {
    TestHost host;
    const auto device = host.open("test:0");
    Outcome outcome = device->run(wanted);
    EXPECT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
    EXPECT_EQ(outcome.pages.size(), 1u);
    return outcome.pages.empty() ? Page() : std::move(outcome.pages[0]);
}

TEST(Solid, BlackIsZeroAndWhiteIsAllOnesInEveryDepth) {
    const TestBackend backend;
    for (const Mode& mode : modes)
        for (const bool white : {false, true}) {
            const Page page = one_page({{"mode", mode.word},
                                        {"depth", mode.depth},
                                        {"dpi", 101},
                                        {"sane:test-picture", white ? "Solid white" : "Solid black"}});
            ASSERT_EQ(page.record.bits, static_cast<uint32_t>(mode.bits)) << mode.word;
            const std::size_t row = page.row_bytes();
            const uint32_t tail = page.record.bits == 1 ? page.record.width_px % 8 : 0;
            for (std::size_t i = 0; i < page.bytes.size(); ++i) {
                const bool last = tail != 0 && i % row == row - 1;
                const uint8_t full = last ? static_cast<uint8_t>(0xff << (8 - tail)) : uint8_t{0xff};
                ASSERT_EQ(page.bytes[i], white ? full : 0) << mode.word << ' ' << mode.depth << " byte " << i;
            }
        }
}

// The pattern: bars of 16 pixels, each colour of the cube in turn, the lower half in reverse.
TEST(ColorOfOneBit, BecomesZeroAnd255InTheRightChannel) {
    const TestBackend backend;
    for (const bool three_pass : {false, true}) {
        OptionList wanted{{"mode", "color"}, {"depth", 1}, {"dpi", 101}, {"sane:test-picture", "Color pattern"}};
        if (three_pass)
            wanted.emplace_back("sane:three-pass", true);
        const Page page = one_page(wanted);
        for (uint32_t y = 0; y < page.record.height_px; ++y)
            for (uint32_t x = 0; x < page.record.width_px; ++x) {
                const uint32_t bar = (x / 16) % 8, color = y % 32 < 16 ? bar : 7 - bar;
                const uint8_t* pixel = page.bytes.data() + y * page.row_bytes() + x * 3;
                ASSERT_EQ(pixel[0], color & 4 ? 255 : 0) << x << ',' << y;
                ASSERT_EQ(pixel[1], color & 2 ? 255 : 0) << x << ',' << y;
                ASSERT_EQ(pixel[2], color & 1 ? 255 : 0) << x << ',' << y;
            }
    }
}

// The pattern of 16-bit gray: the low byte counts lines, the high byte columns. A swapped byte order swaps the two.
TEST(Sixteen, BitsAreInTheByteOrderOfTheMachine) {
    const TestBackend backend;
    const Page page = one_page({{"mode", "gray"}, {"depth", 16}, {"dpi", 200}, {"sane:test-picture", "Color pattern"}});
    ASSERT_GT(page.record.width_px, 260u);
    for (uint32_t y = 4; y < 200; ++y)
        for (uint32_t x = 4; x < 260; ++x) {
            uint16_t sample = 0;
            std::memcpy(&sample, page.bytes.data() + y * page.row_bytes() + x * 2, sizeof sample);
            ASSERT_EQ(sample, (x - 4) * 256 + (y - 4)) << x << ',' << y;
        }
}

TEST(ThreePass, GivesTheSamePictureInEveryOrderAsOnePass) {
    const TestBackend backend;
    for (const int depth : {8, 16}) {
        const OptionList one_pass{
            {"mode", "color"}, {"depth", depth}, {"dpi", 101}, {"sane:test-picture", "Color pattern"}};
        const Page expected = one_page(one_pass);
        for (const char* order : {"RGB", "RBG", "GBR", "GRB", "BRG", "BGR"}) {
            OptionList wanted = one_pass;
            wanted.emplace_back("sane:three-pass-order", order); // before the option that makes it active
            wanted.emplace_back("sane:three-pass", true);
            const Page page = one_page(wanted);
            EXPECT_EQ(page.record.channels, 3u);
            EXPECT_TRUE(page.bytes == expected.bytes) << order << " with depth " << depth;
        }
    }
}

TEST(HandScanner, HasTheHeightThatCame) {
    const TestBackend backend;
    const Page page = one_page({{"mode", "gray"}, {"depth", 8}, {"dpi", 100}, {"sane:hand-scanner", true}});
    EXPECT_EQ(page.record.width_px, 433u);  // 11 cm
    EXPECT_EQ(page.record.height_px, 669u); // 17 cm
    const Ran ran = run_program({"scanimage", "-d", "test:0", "--format=pnm", "--mode", "Gray", "--depth", "8",
                                 "--resolution", "100", "--hand-scanner=yes"});
    const Pnm pnm = parse_pnm(ran.out);
    EXPECT_EQ(pnm.height, page.record.height_px);
    EXPECT_TRUE(as_raw(pnm) == page.bytes);
}

TEST(HandScanner, InThreePassesIsOnePage) {
    const TestBackend backend;
    const Page page = one_page(
        {{"mode", "color"}, {"depth", 8}, {"dpi", 50}, {"sane:hand-scanner", true}, {"sane:three-pass", true}});
    EXPECT_EQ(page.record.channels, 3u);
    EXPECT_EQ(page.record.height_px, 334u);
}

// The scanner wastes pixels at the end of each line and fills them with noise.
TEST(Padding, IsCutOff) {
    const TestBackend backend;
    for (const Mode& mode : modes) {
        const OptionList whole{{"mode", mode.word}, {"depth", mode.depth}, {"dpi", 101}, {"sane:test-picture", "Grid"}};
        const Page expected = one_page(whole);
        OptionList wanted = whole;
        wanted.emplace_back("sane:ppl-loss", 16); // whole bytes in every depth
        const Page page = one_page(wanted);
        ASSERT_EQ(page.record.width_px + 16, expected.record.width_px);
        ASSERT_EQ(page.record.height_px, expected.record.height_px);
        const std::size_t row = page.row_bytes(), whole_bytes = page.record.bits == 1 ? row - 1 : row;
        for (uint32_t y = 0; y < page.record.height_px; ++y)
            ASSERT_EQ(
                std::memcmp(page.bytes.data() + y * row, expected.bytes.data() + y * expected.row_bytes(), whole_bytes),
                0)
                << mode.word << ' ' << mode.depth << " row " << y;
    }
}

TEST(Reads, OfAnyLengthMakeTheSamePicture) {
    const TestBackend backend;
    const OptionList whole{{"mode", "color"}, {"depth", 16}, {"dpi", 50}, {"sane:test-picture", "Color pattern"}};
    const Page expected = one_page(whole);
    for (const int limit : {1, 7, 333}) {
        OptionList wanted = whole;
        wanted.emplace_back("sane:read-limit", true);
        wanted.emplace_back("sane:read-limit-size", limit);
        EXPECT_TRUE(one_page(wanted).bytes == expected.bytes) << limit;
    }
    for (const bool select : {false, true}) {
        OptionList wanted = whole;
        wanted.emplace_back("sane:non-blocking", true);
        wanted.emplace_back("sane:select-fd", select);
        wanted.emplace_back("sane:fuzzy-parameters", true);
        EXPECT_TRUE(one_page(wanted).bytes == expected.bytes) << select;
    }
}

} // namespace
} // namespace rekam::sane_test
