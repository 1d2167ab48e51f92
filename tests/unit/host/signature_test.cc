// SPDX-License-Identifier: Apache-2.0
// Samples drawn in true size: the line is where the pen was, as wide as it pressed, in the ink that was asked for.
#include "core/host/signature.h"

#include <gtest/gtest.h>

namespace rekam::host {
namespace {

using model::Code;

/// A pad of 25.4 mm by 12.7 mm: 600 by 300 pixels. A line along y = 100 px, a gap, and a dot.
wire::Samples pen() {
    wire::Samples samples;
    samples.width_um = 25'400;
    samples.height_um = 12'700;
    auto add = [&, t = 0](std::int64_t x_px, std::int64_t y_px, std::int64_t pressure) mutable {
        samples.t_us.items.emplace_back(t += 5'000);
        samples.x_um.items.emplace_back(x_px * 25'400 / 600);
        samples.y_um.items.emplace_back(y_px * 25'400 / 600);
        samples.pressure.items.emplace_back(pressure);
    };
    add(100, 100, 30'000);
    add(300, 100, 30'000);
    add(300, 200, 0);
    add(500, 200, 30'000);
    return samples;
}

wire::Expected<Drawing> draw(const wire::Samples& samples, const std::string& params) {
    wire::HostRun run;
    run.function = model::Function::signature;
    run.subject = "signature";
    run.params.text = params;
    return draw_signature(samples, Request(run));
}

unsigned at(const Drawing& drawing, std::size_t x, std::size_t y, std::size_t channel = 0) {
    const std::size_t channels = drawing.record.channels;
    return static_cast<unsigned char>(drawing.bytes[(y * drawing.record.width_px + x) * channels + channel]);
}

TEST(Signature, AsPixelsLiesWhereThePenWas) {
    const auto drawing = draw(pen(), R"({"formats":["image/png"],"ink":{"width_um":400}})");
    ASSERT_TRUE(drawing);
    EXPECT_STREQ(drawing->record.format, REKAM_FORMAT_RAW);
    EXPECT_EQ(drawing->record.width_px, 600u);
    EXPECT_EQ(drawing->record.height_px, 300u);
    EXPECT_EQ(drawing->record.dpi_x, 600u);
    EXPECT_EQ(drawing->record.channels, 1u);
    ASSERT_EQ(drawing->bytes.size(), 600u * 300);
    EXPECT_EQ(at(*drawing, 200, 100), 0u);
    EXPECT_EQ(at(*drawing, 200, 130), 255u);
    EXPECT_EQ(at(*drawing, 500, 200), 0u) << "a dot";
    EXPECT_EQ(at(*drawing, 300, 150), 255u) << "the pen was above the pad";
    EXPECT_EQ(at(*drawing, 400, 150), 255u) << "and is not joined to what follows";
}

TEST(Signature, HarderIsWiderAndInkHasAColour) {
    const auto width = [](std::int64_t pressure) {
        auto samples = pen();
        for (std::size_t i : {0u, 1u})
            samples.pressure.items[i] = pressure;
        const auto drawing = draw(samples, R"({"formats":["image/jp2"],"ink":{"color":"#1a237e","width_um":600}})");
        EXPECT_EQ(drawing->record.channels, 3u);
        EXPECT_EQ(at(*drawing, 200, 100, 2), 0x7eu);
        int dark = 0;
        for (std::size_t y = 0; y < 300; ++y)
            dark += at(*drawing, 200, y) < 128 ? 1 : 0;
        return dark;
    };
    EXPECT_GT(width(65'535), width(1'000) + 5);
}

TEST(Signature, AsSvgIsInMillimetresAndMicrometres) {
    const auto drawing = draw(pen(), "{}");
    ASSERT_TRUE(drawing);
    EXPECT_STREQ(drawing->record.format, "image/svg+xml");
    EXPECT_NE(drawing->bytes.find(R"(width="25.400mm" height="12.700mm" viewBox="0 0 25400 12700")"),
              std::string::npos);
    EXPECT_NE(drawing->bytes.find(R"(d="M4233 4233L12700 4233")"), std::string::npos) << drawing->bytes;
    EXPECT_NE(drawing->bytes.find(R"(d="M21166 8466L21166 8466")"), std::string::npos) << "a dot";
    EXPECT_EQ(drawing->bytes.find("M12700 8466"), std::string::npos);
}

TEST(Signature, GapsPartWhatThePenDidNotJoin) {
    auto samples = pen();
    samples.pressure.items[2] = 30'000;
    samples.gaps.items.emplace_back(2);
    const auto drawing = draw(samples, "{}");
    EXPECT_EQ(drawing->bytes.find("L12700 8466L"), std::string::npos);
    EXPECT_NE(drawing->bytes.find("M12700 8466L21166 8466"), std::string::npos) << drawing->bytes;
}

TEST(Signature, GivesNoPictureWhereOnlySamplesAreAsked) {
    const auto drawing = draw(pen(), R"({"formats":["application/x-rekam-samples"]})");
    ASSERT_TRUE(drawing);
    EXPECT_TRUE(drawing->bytes.empty());
}

TEST(Signature, ThatCannotBeDrawnSaysWhy) {
    EXPECT_EQ(draw(pen(), R"({"formats":["image/tiff"]})").error().code, Code::bad_frame);
    auto samples = pen();
    for (auto& pressure : samples.pressure.items)
        pressure = 0;
    EXPECT_EQ(draw(samples, "{}").error().code, Code::no_subject);
    samples = pen();
    samples.width_um = samples.height_um = 10'000'000;
    EXPECT_EQ(draw(samples, R"({"formats":["image/png"]})").error().code, Code::bad_frame);
}

} // namespace
} // namespace rekam::host
