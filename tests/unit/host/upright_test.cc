// SPDX-License-Identifier: Apache-2.0
// EXIF orientations: what a device delivers turned arrives upright, with its boxes and resolution.
#include "core/host/frame_record.h"

#include <gtest/gtest.h>

#include <cstring>

namespace rekam::host {
namespace {

const Cancelled never = [] { return false; };

/// The letter of every orientation, as EXIF draws it: delivered rows for the upright picture "ab" over "cd" over "ef".
struct Case {
    std::uint32_t orientation;
    std::uint32_t width, height;
    const char* delivered;
};
constexpr Case cases[] = {{1, 2, 3, "abcdef"}, {2, 2, 3, "badcfe"}, {3, 2, 3, "fedcba"}, {4, 2, 3, "efcdab"},
                          {5, 3, 2, "acebdf"}, {6, 3, 2, "bdface"}, {7, 3, 2, "fdbeca"}, {8, 3, 2, "ecafdb"}};

rekam_frame_t frame_of(const Case& one) {
    rekam_frame_t frame{};
    frame.size = sizeof frame;
    std::strncpy(frame.format, REKAM_FORMAT_RAW, sizeof frame.format - 1);
    frame.width_px = one.width;
    frame.height_px = one.height;
    frame.bits = 8;
    frame.channels = 1;
    frame.dpi_x = one.width * 100;
    frame.dpi_y = one.height * 100;
    frame.orientation = one.orientation;
    return frame;
}

FinishedFrame finished(const rekam_frame_t& frame, std::string_view pixels, const std::string& format) {
    wire::HostRun run;
    run.subject = "face";
    run.params.text = R"({"formats":[")" + format + "\"]}";
    const Request request(run);
    FrameFile file(format == REKAM_FORMAT_RAW);
    file.write(pixels);
    auto done = finish_frame(frame, std::move(file), {request, 2'000, 3'000, never});
    EXPECT_TRUE(done) << done.error().message;
    return std::move(*done);
}

std::string bytes_of(FinishedFrame& frame) {
    std::string bytes(static_cast<std::size_t>(frame.frame.bytes), '\0');
    EXPECT_EQ(::pread(frame.memfd.get(), bytes.data(), bytes.size(), 0), frame.frame.bytes);
    return bytes;
}

TEST(Upright, EveryOrientationGivesTheSamePicture) {
    for (const Case& one : cases) {
        SCOPED_TRACE(one.orientation);
        auto frame = finished(frame_of(one), one.delivered, "image/x-portable-anymap");
        EXPECT_EQ(bytes_of(frame), "P5\n2 3\n255\nabcdef");
        EXPECT_EQ(frame.frame.orientation.value, 1);
        EXPECT_EQ(frame.frame.width_px.value, 2);
        EXPECT_EQ(frame.frame.dpi_x.value, 200);
        EXPECT_EQ(frame.frame.dpi_y.value, 300);
    }
}

TEST(Upright, BoxesStayOnWhatTheyShow) {
    for (const Case& one : cases) {
        SCOPED_TRACE(one.orientation);
        rekam_frame_t record = frame_of(one);
        record.has_box = 1; // around the letter d
        const std::string_view delivered = one.delivered;
        const auto at = static_cast<std::uint32_t>(delivered.find('d'));
        record.box = {static_cast<std::int32_t>(at % one.width), static_cast<std::int32_t>(at / one.width), 1, 1};
        const auto frame = finished(record, delivered, "image/png");
        ASSERT_TRUE(frame.frame.box);
        EXPECT_EQ(frame.frame.box->x_px, 1);
        EXPECT_EQ(frame.frame.box->y_px, 1);
        EXPECT_EQ(frame.frame.box->width_px, 1);
    }
}

TEST(Upright, RawPixelsStayAsTheyCameAndSayHowTheyLie) {
    auto frame = finished(frame_of(cases[5]), cases[5].delivered, REKAM_FORMAT_RAW);
    EXPECT_EQ(bytes_of(frame), cases[5].delivered);
    EXPECT_EQ(frame.frame.orientation.value, 6);
    EXPECT_EQ(frame.frame.width_px.value, 3);
}

TEST(Upright, TurnsBitmapsAndDeepColour) {
    rekam_frame_t bits = frame_of(cases[5]); // two rows of three pixels: 110, 001
    bits.bits = 1;
    auto frame = finished(bits, std::string("\xC0\x20", 2), "image/x-portable-anymap");
    EXPECT_EQ(bytes_of(frame), std::string("P4\n2 3\n") + "\xBF\xBF\x7F") << "01, 01, 10, where PNM inverts";
    rekam_frame_t deep = frame_of(cases[2]);
    deep.bits = 16;
    deep.channels = 3;
    std::string pixels, expected;
    for (char pixel = 0; pixel < 6; ++pixel)
        pixels += std::string(6, pixel);
    for (char pixel = 5; pixel >= 0; --pixel)
        expected += std::string(6, pixel);
    auto turned = finished(deep, pixels, "image/x-portable-anymap");
    EXPECT_EQ(bytes_of(turned), "P6\n2 3\n65535\n" + expected);
}

} // namespace
} // namespace rekam::host
