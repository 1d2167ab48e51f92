// SPDX-License-Identifier: Apache-2.0
// From a plugin's pixels to a sealed frame: conversion, hash, seals, and everything that must not pass.
#include "core/base/digest.h"
#include "core/host/frame_record.h"
#include "core/io/memfd.h"

#include <gtest/gtest.h>

#include <cstring>
#include <spng.h>

namespace rekam::host {
namespace {

using model::Code;

const Cancelled never = [] { return false; };

rekam_frame_t raw_frame(std::uint32_t width, std::uint32_t height, std::uint32_t bits, std::uint32_t channels) {
    rekam_frame_t frame{};
    frame.size = sizeof frame;
    std::strncpy(frame.format, REKAM_FORMAT_RAW, sizeof frame.format - 1);
    frame.width_px = width;
    frame.height_px = height;
    frame.bits = bits;
    frame.channels = channels;
    return frame;
}

FrameFile file_of(std::string_view bytes, bool hashed = true) {
    FrameFile file(hashed);
    file.write(bytes);
    return file;
}

std::string stored(const FrameFile& file) { return std::string(FrameView(file).bytes()); }

wire::Expected<FinishedFrame> finish(const rekam_frame_t& frame, FrameFile file, const std::string& formats = "[]") {
    wire::HostRun run;
    run.subject = "face";
    run.accepted_mono_us = 1'000;
    run.params.text = "{\"formats\":" + formats + "}";
    const Request request(run);
    return finish_frame(frame, std::move(file), {request, 2'000, 3'000, never});
}

TEST(Png, HoldsTheSamplesOfEveryLayout) {
    struct Layout {
        std::uint32_t bits, channels;
    };
    for (const auto [bits, channels] :
         {Layout{1, 1}, Layout{8, 1}, Layout{16, 1}, Layout{8, 3}, Layout{16, 3}, Layout{8, 4}}) {
        SCOPED_TRACE(std::to_string(bits) + " bits, " + std::to_string(channels) + " channels");
        rekam_frame_t frame = raw_frame(16, 3, bits, channels);
        frame.dpi_x = frame.dpi_y = 300;
        const std::size_t bytes = 3 * (16 * bits * channels / 8);
        std::string pixels;
        for (std::size_t i = 0; i < bytes; ++i)
            pixels += static_cast<char>(i * 37 + 11);
        Raster raster;
        ASSERT_EQ(Raster::read(frame, bytes, raster), std::nullopt);
        FrameFile png(true);
        ASSERT_TRUE(write_png(raster, pixels, png, never));

        const std::string file = stored(png);
        const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> reader(spng_ctx_new(0), &spng_ctx_free);
        ASSERT_EQ(spng_set_png_buffer(reader.get(), file.data(), file.size()), 0);
        std::string back(bytes, '\0');
        ASSERT_EQ(spng_decode_image(reader.get(), back.data(), back.size(), SPNG_FMT_RAW, 0), 0);
        if (bits == 16) // in the file the high byte stands first
            for (std::size_t i = 0; i < bytes; i += 2)
                std::swap(back[i], back[i + 1]);
        EXPECT_EQ(back, pixels);
        spng_phys resolution{};
        ASSERT_EQ(spng_get_phys(reader.get(), &resolution), 0);
        EXPECT_EQ(resolution.ppu_x, 11'811u);
    }
}

TEST(Png, LeavesOutTheStride) {
    rekam_frame_t frame = raw_frame(2, 2, 8, 1);
    frame.stride_bytes = 4;
    Raster raster;
    ASSERT_EQ(Raster::read(frame, 8, raster), std::nullopt);
    EXPECT_EQ(raster.row("abXXcdXX", 1), "cd");
}

TEST(Png, StopsWhenCancelled) {
    Raster raster;
    ASSERT_EQ(Raster::read(raw_frame(2, 2, 8, 1), 4, raster), std::nullopt);
    FrameFile out(true);
    EXPECT_FALSE(write_png(raster, "abcd", out, [] { return true; }));
    EXPECT_FALSE(write_pnm(raster, "abcd", out, [] { return true; }));
}

std::string pnm(const rekam_frame_t& frame, const std::string& pixels) {
    Raster raster;
    EXPECT_EQ(Raster::read(frame, pixels.size(), raster), std::nullopt);
    FrameFile out(true);
    EXPECT_TRUE(write_pnm(raster, pixels, out, never));
    return stored(out);
}

TEST(Pnm, HasBlackAsOneHighBytesFirstAndNoAlpha) {
    EXPECT_EQ(pnm(raw_frame(8, 1, 1, 1), "\x0F"), "P4\n8 1\n\xF0");
    EXPECT_EQ(pnm(raw_frame(2, 1, 8, 1), "ab"), "P5\n2 1\n255\nab");
    EXPECT_EQ(pnm(raw_frame(1, 1, 16, 1), "ab"), "P5\n1 1\n65535\nba");
    EXPECT_EQ(pnm(raw_frame(1, 1, 8, 4), "rgba"), "P6\n1 1\n255\nrgb");
}

TEST(Raster, RefusesWhatIsNoPicture) {
    Raster raster;
    EXPECT_TRUE(Raster::read(raw_frame(0, 1, 8, 1), 0, raster));
    EXPECT_TRUE(Raster::read(raw_frame(200'000, 1, 8, 1), 200'000, raster));
    EXPECT_TRUE(Raster::read(raw_frame(2, 2, 8, 2), 8, raster));
    EXPECT_TRUE(Raster::read(raw_frame(2, 2, 4, 1), 2, raster));
    EXPECT_TRUE(Raster::read(raw_frame(8, 1, 1, 3), 3, raster));
    EXPECT_TRUE(Raster::read(raw_frame(2, 2, 8, 1), 3, raster)) << "truncated";
    EXPECT_TRUE(Raster::read(raw_frame(2, 2, 8, 1), 5, raster)) << "too long";
    rekam_frame_t narrow = raw_frame(4, 1, 8, 1);
    narrow.stride_bytes = 3;
    EXPECT_TRUE(Raster::read(narrow, 3, raster));
}

TEST(FrameFile, IsHashedAsItIsWrittenAndSealed) {
    FrameFile file(true);
    file.write("ab");
    file.write("c");
    EXPECT_EQ(file.finish_hash(), "sha256:" + sha256_hex("abc"));
    const io::Fd sealed = file.seal();
    EXPECT_EQ(io::sealed_bytes(sealed.get()), 3);
    EXPECT_LT(::write(sealed.get(), "x", 1), 0);
}

TEST(Frame, OfRawPixelsBecomesWhatWasAskedFirst) {
    const rekam_frame_t frame = raw_frame(2, 2, 8, 1);
    EXPECT_EQ(finish(frame, file_of("abcd"))->frame.format.value, "image/png");
    EXPECT_EQ(finish(frame, file_of("abcd", false), R"(["image/tiff","image/x-portable-anymap"])")->frame.format.value,
              "image/x-portable-anymap");
    for (const bool hashed : {true, false}) { // whatever the plugin called it while it wrote
        const auto raw = finish(frame, file_of("abcd", hashed), R"(["image/x-rekam-raw","image/png"])");
        ASSERT_TRUE(raw);
        EXPECT_EQ(raw->frame.hash, "sha256:" + sha256_hex("abcd"));
        EXPECT_EQ(io::sealed_bytes(raw->memfd.get()), 4);
    }
    EXPECT_EQ(finish(frame, file_of("abcd"), R"(["image/tiff"])").error().code, Code::bad_frame);
}

TEST(Frame, OfAnEncodedPictureMustLookLikeOne) {
    rekam_frame_t frame = raw_frame(2, 2, 8, 3);
    std::strncpy(frame.format, "image/jpeg", sizeof frame.format - 1);
    EXPECT_TRUE(finish(frame, file_of("\xFF\xD8\xFF\xE0")));
    EXPECT_EQ(finish(frame, file_of("GIF8")).error().code, Code::bad_frame);
    EXPECT_EQ(finish(frame, file_of("\xFF\xD8\xFF\xE0"), R"(["image/png"])").error().code, Code::bad_frame);
    EXPECT_EQ(finish(frame, file_of("\xFF\xD8\xFF\xE0", false)).error().code, Code::bad_frame) << "began as raw";
}

TEST(Frame, TellsItsExposureTruly) {
    rekam_frame_t frame = raw_frame(2, 2, 8, 1);
    const auto exposed = [&](std::uint32_t basis, std::uint64_t at) {
        frame.exposure_basis = basis;
        frame.exposure_mono_us = at;
        return finish(frame, file_of("abcd"));
    };
    EXPECT_EQ(exposed(REKAM_BASIS_NONE, 0)->frame.exposure.mono_us, 2'000);
    EXPECT_EQ(exposed(REKAM_BASIS_NONE, 0)->frame.exposure.basis, model::ExposureBasis::call);
    EXPECT_EQ(exposed(REKAM_BASIS_DEVICE, 1'000)->frame.exposure.basis, model::ExposureBasis::device);
    EXPECT_EQ(exposed(REKAM_BASIS_DRIVER, 2'500)->frame.exposure.mono_us, 2'500);
    EXPECT_EQ(exposed(REKAM_BASIS_DEVICE, 999).error().code, Code::bad_frame) << "before the request";
    EXPECT_EQ(exposed(REKAM_BASIS_DEVICE, 3'001).error().code, Code::bad_frame) << "from the future";
}

TEST(Frame, WithImpossibleFactsIsRefused) {
    const auto code = [](const std::function<void(rekam_frame_t&)>& change) {
        rekam_frame_t frame = raw_frame(2, 2, 8, 1);
        change(frame);
        const auto finished = finish(frame, file_of("abcd"));
        return finished ? std::optional<Code>() : finished.error().code;
    };
    EXPECT_EQ(code([](rekam_frame_t&) {}), std::nullopt);
    EXPECT_EQ(code([](rekam_frame_t& f) { f.orientation = 9; }), Code::bad_frame);
    EXPECT_EQ(code([](rekam_frame_t& f) { f.side = 3; }), Code::bad_frame);
    EXPECT_EQ(code([](rekam_frame_t& f) { f.quality.score = 101; }), Code::bad_frame);
    EXPECT_EQ(code([](rekam_frame_t& f) { f.width_px = 0; }), Code::bad_frame);
    EXPECT_EQ(code([](rekam_frame_t& f) { f.format[0] = '\0'; }), Code::bad_frame);
    EXPECT_EQ(code([](rekam_frame_t& f) { f.format[0] = '\n'; }), Code::bad_frame);
}

} // namespace
} // namespace rekam::host
