// SPDX-License-Identifier: Apache-2.0 OR MIT
// What is asked is what is set, or it is refused by name; nothing of one job is left for the next.
#include "plugins/sane/tests/sane_env.h"
#include "plugins/sane/tests/test_host.h"

#include <gtest/gtest.h>

#include <random>

namespace rekam::sane_test {
namespace {

class Settings : public testing::Test {
  protected:
    TestBackend backend_;
    TestHost host_;
    std::unique_ptr<TestDevice> device_ = host_.open("test:0");

    void expect_refused(const OptionList& options, uint32_t code, const std::string& parameter) {
        const Outcome outcome = device_->run(options);
        EXPECT_EQ(outcome.code, code) << outcome.error.message;
        EXPECT_EQ(outcome.error.parameter, parameter) << outcome.error.message;
        EXPECT_NE(std::string(outcome.error.message), "");
        EXPECT_TRUE(outcome.pages.empty());
        EXPECT_EQ(device_->run().code, REKAM_OK) << "the next job must not suffer";
    }
    rekam_frame_t record_of(const OptionList& options) {
        const Outcome outcome = device_->run(options);
        EXPECT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
        return outcome.pages.empty() ? rekam_frame_t{} : outcome.pages[0].record;
    }
};

TEST_F(Settings, WithoutAnyTheDefaultsOfTheDeviceHold) {
    const rekam_frame_t record = record_of({});
    EXPECT_EQ(record.dpi_x, 75u);
    EXPECT_EQ(record.width_px, 118u); // 40 mm at 75 dpi
    EXPECT_EQ(record.height_px, 88u);
    EXPECT_EQ(record.bits, 8u);
    EXPECT_EQ(record.channels, 1u);
    EXPECT_EQ(record.exposure_basis, static_cast<uint32_t>(REKAM_BASIS_CALL));
    EXPECT_STREQ(record.format, REKAM_FORMAT_RAW);
}

TEST_F(Settings, OfOneJobAreGoneInTheNext) {
    const rekam_frame_t before = record_of({});
    const rekam_frame_t other = record_of({{"mode", "color"},
                                           {"depth", 16},
                                           {"dpi", 120},
                                           {"sane:three-pass", true},
                                           {"sane:three-pass-order", "BGR"},
                                           {"sane:hand-scanner", true}});
    EXPECT_EQ(other.channels, 3u);
    EXPECT_EQ(other.bits, 16u);
    const rekam_frame_t after = record_of({});
    EXPECT_EQ(after.dpi_x, before.dpi_x);
    EXPECT_EQ(after.width_px, before.width_px);
    EXPECT_EQ(after.height_px, before.height_px);
    EXPECT_EQ(after.bits, before.bits);
    EXPECT_EQ(after.channels, before.channels);
}

// SANE clamps such a value without a word.
TEST_F(Settings, OutOfRangeAreRefusedByName) {
    expect_refused({{"dpi", 1201}}, REKAM_E_OUT_OF_RANGE, "dpi");
    expect_refused({{"dpi", 0}}, REKAM_E_OUT_OF_RANGE, "dpi");
    expect_refused({{"dpi", "fine"}}, REKAM_E_OUT_OF_RANGE, "dpi");
    expect_refused({{"depth", 12}}, REKAM_E_OUT_OF_RANGE, "depth");
    expect_refused({{"mode", "lineart"}, {"depth", 8}}, REKAM_E_OUT_OF_RANGE, "depth");
    expect_refused({{"mode", "gray"}, {"depth", 1}}, REKAM_E_OUT_OF_RANGE, "depth");
    expect_refused({{"mode", "halftone"}}, REKAM_E_OUT_OF_RANGE, "mode");
    expect_refused({{"source", "camera"}}, REKAM_E_OUT_OF_RANGE, "source");
    expect_refused({{"source", "feeder-duplex"}}, REKAM_E_OUT_OF_RANGE, "source");
    expect_refused({{"pages_max", 2}}, REKAM_E_OUT_OF_RANGE, "pages_max");
    expect_refused({{"pages_max", 0}, {"source", "feeder"}}, REKAM_E_OUT_OF_RANGE, "pages_max");
    expect_refused({{"sane:test-picture", "Mona Lisa"}}, REKAM_E_OUT_OF_RANGE, "sane:test-picture");
    expect_refused({{"sane:read-limit", "yes"}}, REKAM_E_OUT_OF_RANGE, "sane:read-limit");
    expect_refused({{"sane:ppl-loss", 129}}, REKAM_E_OUT_OF_RANGE, "sane:ppl-loss");
    expect_refused({{"sane:ppl-loss", 1.5}}, REKAM_E_OUT_OF_RANGE, "sane:ppl-loss");
}

TEST_F(Settings, OfAnAreaBeyondTheBedAreRefusedByName) {
    const auto area = [](int x, int y, int width, int height) {
        return OptionList{{"area.x_um", x}, {"area.y_um", y}, {"area.width_um", width}, {"area.height_um", height}};
    };
    expect_refused(area(0, 0, 200'001, 10'000), REKAM_E_OUT_OF_RANGE, "area.width_um");
    expect_refused(area(190'000, 0, 10'001, 10'000), REKAM_E_OUT_OF_RANGE, "area.width_um");
    expect_refused(area(0, 190'000, 10'000, 10'001), REKAM_E_OUT_OF_RANGE, "area.height_um");
    expect_refused(area(-1, 0, 10'000, 10'000), REKAM_E_OUT_OF_RANGE, "area.x_um");
    expect_refused(area(0, 0, 0, 10'000), REKAM_E_OUT_OF_RANGE, "area.width_um");
    expect_refused({{"area.x_um", 0}}, REKAM_E_OUT_OF_RANGE, "area.width_um");
    expect_refused(area(0, 0, 2'000'000'000, 10'000), REKAM_E_OUT_OF_RANGE, "area.width_um");
}

TEST_F(Settings, ThatNoScannerHasAreUnsupported) {
    expect_refused({{"exposure", 10}}, REKAM_E_UNSUPPORTED_PARAMETER, "exposure");
    expect_refused({{"area.z_um", 10}}, REKAM_E_UNSUPPORTED_PARAMETER, "area.z_um");
    expect_refused({{"acme:sharpen", 10}}, REKAM_E_UNSUPPORTED_PARAMETER, "acme:sharpen");
    expect_refused({{"sane:", 10}}, REKAM_E_UNSUPPORTED_PARAMETER, "sane:");
    expect_refused({{"sane:no-such-option", 10}}, REKAM_E_UNSUPPORTED_PARAMETER, "sane:no-such-option");
    // Named by a word of the vocabulary, or not to be set at all.
    expect_refused({{"sane:resolution", 10}}, REKAM_E_UNSUPPORTED_PARAMETER, "sane:resolution");
    expect_refused({{"sane:source", "Flatbed"}}, REKAM_E_UNSUPPORTED_PARAMETER, "sane:source");
    expect_refused({{"sane:gamma-table", 10}}, REKAM_E_UNSUPPORTED_PARAMETER, "sane:gamma-table");
    expect_refused({{"sane:button", true}}, REKAM_E_UNSUPPORTED_PARAMETER, "sane:button");
    // There, but not with these settings.
    expect_refused({{"sane:three-pass-order", "BGR"}, {"mode", "color"}}, REKAM_E_UNSUPPORTED_PARAMETER,
                   "sane:three-pass-order");
    expect_refused({{"sane:three-pass", true}, {"mode", "gray"}}, REKAM_E_UNSUPPORTED_PARAMETER, "sane:three-pass");
}

TEST_F(Settings, OfEveryTypeOfSaneCanBeSet) {
    const OptionList all{{"sane:enable-test-options", true},
                         {"sane:bool-soft-select-soft-detect", true},
                         {"sane:int", -2'000'000'000},
                         {"sane:int-constraint-range", 190},
                         {"sane:int-constraint-word-list", 1'073'741'824},
                         {"sane:fixed", 42.5},
                         {"sane:fixed-constraint-range", 7},
                         {"sane:fixed-constraint-word-list", 129.5},
                         {"sane:string", "some text"},
                         {"sane:string-constraint-string-list", "Second entry"}};
    EXPECT_EQ(device_->run(all).code, REKAM_OK);
    for (const Option& bad :
         {Option("sane:int-constraint-range", 3), Option("sane:int-constraint-word-list", 43),
          Option("sane:fixed-constraint-word-list", 12.2), Option("sane:string-constraint-string-list", "Third"),
          Option("sane:bool-soft-select-soft-detect", 1), Option("sane:int", "1"),
          Option("sane:string", std::string(5000, 'x')), Option("sane:fixed", 1e9)}) {
        const Outcome outcome = device_->run({{"sane:enable-test-options", true}, bad});
        EXPECT_EQ(outcome.code, REKAM_E_OUT_OF_RANGE) << bad.key;
        EXPECT_EQ(outcome.error.parameter, bad.key);
    }
}

// This option of the test scanner takes any value and keeps another one.
TEST_F(Settings, ThatTheScannerChangesWithoutARangeAreNoSuccess) {
    const Outcome outcome = device_->run({{"sane:enable-test-options", true}, {"sane:int-inexact", 17}});
    EXPECT_EQ(outcome.code, REKAM_E_OUT_OF_RANGE) << outcome.error.message;
    EXPECT_STREQ(outcome.error.parameter, "sane:int-inexact");
}

TEST_F(Settings, ThatTheScannerRoundsAreTold) {
    const OptionList whole_mm{
        {"area.x_um", 3'000}, {"area.y_um", 4'000}, {"area.width_um", 20'000}, {"area.height_um", 10'000}};
    EXPECT_TRUE(device_->run(whole_mm).results.empty()) << "nothing was rounded";
    // An ID-1 card; this scanner's edges go by whole millimetres.
    const Outcome outcome = device_->run(
        {{"area.x_um", 0}, {"area.y_um", 0}, {"area.width_um", 85'600}, {"area.height_um", 53'980}, {"dpi", 254}});
    ASSERT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
    ASSERT_EQ(outcome.results.count("area"), 1u);
    EXPECT_EQ(outcome.results.at("area"), R"({"x_um":0,"y_um":0,"width_um":86000,"height_um":54000})");
    EXPECT_EQ(outcome.pages[0].record.width_px, 860u);
    EXPECT_EQ(outcome.pages[0].record.height_px, 540u);
}

TEST(RoundedResolution, IsTheOneInTheRecord) {
    const TestBackend backend("resolution_quant 50.0\nresolution_min 50.0\nresolution 100.0\n");
    TestHost host;
    const auto device = host.open("test:0");
    const Outcome outcome = device->run({{"dpi", 160}});
    ASSERT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
    EXPECT_EQ(outcome.pages[0].record.dpi_x, 150u);
    EXPECT_EQ(outcome.pages[0].record.dpi_y, 150u);
    EXPECT_NE(device->capabilities().find(
                  R"("dpi":{"type":"integer","minimum":50,"maximum":1200,"multipleOf":50,"default":100})"),
              std::string::npos)
        << device->capabilities();
}

Option random_option(std::mt19937& random) {
    constexpr const char* keys[] = {"source",
                                    "mode",
                                    "depth",
                                    "dpi",
                                    "pages_max",
                                    "area.x_um",
                                    "area.y_um",
                                    "area.width_um",
                                    "area.height_um",
                                    "sane:test-picture",
                                    "sane:three-pass",
                                    "sane:hand-scanner",
                                    "sane:ppl-loss",
                                    "sane:read-limit",
                                    "sane:read-limit-size",
                                    "sane:fuzzy-parameters",
                                    "sane:non-blocking",
                                    "sane:select-fd",
                                    "sane:invert-endianess",
                                    "sane:enable-test-options",
                                    "sane:int",
                                    "nonsense"};
    constexpr const char* texts[] = {"flatbed", "feeder", "gray",     "color",        "lineart",
                                     "Grid",    "",       "\xff\xfe", "Color pattern"};
    constexpr int numbers[] = {-1, 0, 1, 2, 7, 8, 16, 50, 100, 5'000, 40'000, 200'000, 2'000'000'000};
    const std::string key = keys[random() % std::size(keys)];
    switch (random() % 4) {
    case 0: return {key, texts[random() % std::size(texts)]};
    case 1: return {key, random() % 2 == 0};
    case 2: return {key, static_cast<double>(numbers[random() % std::size(numbers)]) + 0.5};
    default: return {key, numbers[random() % std::size(numbers)]};
    }
}

TEST_F(Settings, OfChanceAreTakenOrRefusedButNeverBreakTheDevice) {
    for (unsigned seed = 0; seed < 400; ++seed) {
        std::mt19937 random(seed);
        OptionList options;
        for (auto i = random() % 6; i > 0; --i)
            options.push_back(random_option(random));
        const Outcome outcome = device_->run(options);
        if (outcome.code == REKAM_OK)
            EXPECT_FALSE(outcome.pages.empty()) << "seed " << seed;
        else
            EXPECT_TRUE(outcome.code == REKAM_E_OUT_OF_RANGE || outcome.code == REKAM_E_UNSUPPORTED_PARAMETER)
                << "seed " << seed << ": " << outcome.error.message;
        EXPECT_EQ(outcome.frames_left, 0u);
    }
    EXPECT_EQ(record_of({}).width_px, 118u);
}

} // namespace
} // namespace rekam::sane_test
