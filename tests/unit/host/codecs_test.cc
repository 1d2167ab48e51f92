// SPDX-License-Identifier: Apache-2.0
// JPEG and JPEG 2000 as other readers see them: samples, resolution, and what each cannot hold.
#include "core/host/frame_record.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <memory>

#include <jpeglib.h>
#include <openjpeg.h>

namespace rekam::host {
namespace {

const Cancelled never = [] { return false; };
const Cancelled at_once = [] { return true; };

Raster raster_of(std::uint32_t width, std::uint32_t height, std::uint32_t bits, std::uint32_t channels,
                 std::string& pixels, bool smooth = false) {
    rekam_frame_t frame{};
    frame.width_px = width;
    frame.height_px = height;
    frame.bits = bits;
    frame.channels = channels;
    frame.dpi_x = 500;
    frame.dpi_y = 1'000;
    const std::size_t row = (std::size_t{width} * bits * channels + 7) / 8;
    pixels.clear();
    for (std::size_t i = 0; i < row * height; ++i)
        pixels += smooth ? static_cast<char>(i / row) : static_cast<char>(i * i * 31 + i * 17 + 5);
    Raster raster;
    EXPECT_EQ(Raster::read(frame, pixels.size(), raster), std::nullopt);
    return raster;
}

std::string stored(const FrameFile& file) { return std::string(FrameView(file).bytes()); }

struct Source {
    const std::string* bytes;
    std::size_t at = 0;
};

Source* source_of(void* user) { return static_cast<Source*>(user); }

/// A JP2 file through OpenJPEG's own decoder.
struct Decoded {
    std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)> image{nullptr, &opj_image_destroy};

    explicit Decoded(const std::string& file) {
        Source source{&file};
        const std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)> codec(opj_create_decompress(OPJ_CODEC_JP2),
                                                                               &opj_destroy_codec);
        const std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)> stream(opj_stream_default_create(OPJ_TRUE),
                                                                                  &opj_stream_destroy);
        opj_stream_set_user_data(stream.get(), &source, nullptr);
        opj_stream_set_user_data_length(stream.get(), file.size());
        opj_stream_set_read_function(stream.get(), [](void* to, OPJ_SIZE_T count, void* user) -> OPJ_SIZE_T {
            Source* from = source_of(user);
            const std::size_t left = from->bytes->size() - from->at;
            if (left == 0)
                return static_cast<OPJ_SIZE_T>(-1);
            count = std::min(count, left);
            std::memcpy(to, from->bytes->data() + from->at, count);
            from->at += count;
            return count;
        });
        opj_stream_set_skip_function(stream.get(), [](OPJ_OFF_T count, void* user) {
            source_of(user)->at += static_cast<std::size_t>(count);
            return count;
        });
        opj_stream_set_seek_function(stream.get(), [](OPJ_OFF_T to, void* user) -> OPJ_BOOL {
            source_of(user)->at = static_cast<std::size_t>(to);
            return OPJ_TRUE;
        });
        opj_dparameters_t parameters;
        opj_set_default_decoder_parameters(&parameters);
        opj_image_t* read = nullptr;
        const bool good = opj_setup_decoder(codec.get(), &parameters) == OPJ_TRUE &&
                          opj_read_header(stream.get(), codec.get(), &read) == OPJ_TRUE &&
                          opj_decode(codec.get(), stream.get(), read) == OPJ_TRUE &&
                          opj_end_decompress(codec.get(), stream.get()) == OPJ_TRUE;
        image.reset(read);
        EXPECT_TRUE(good);
    }
};

TEST(Jpeg2000, GivesEverySampleBack) {
    struct Layout {
        std::uint32_t width, height, bits, channels;
    };
    for (const auto [width, height, bits, channels] :
         {Layout{37, 11, 8, 1}, Layout{37, 11, 8, 3}, Layout{9, 70, 16, 1}, Layout{33, 5, 16, 3}, Layout{21, 4, 1, 1},
          Layout{8, 8, 8, 4}, Layout{1, 1, 8, 1}, Layout{1'025, 1'030, 8, 1}, Layout{2'049, 3, 8, 3}}) {
        SCOPED_TRACE(std::to_string(width) + "x" + std::to_string(height) + " " + std::to_string(bits) + "/" +
                     std::to_string(channels));
        std::string pixels;
        const Raster raster = raster_of(width, height, bits, channels, pixels);
        FrameFile file(true);
        ASSERT_TRUE(write_jp2(raster, pixels, file, never));
        const Decoded decoded(stored(file));
        ASSERT_TRUE(decoded.image);
        ASSERT_EQ(decoded.image->numcomps, channels);
        std::size_t differ = 0;
        for (std::uint32_t channel = 0; channel < channels; ++channel) {
            const auto& component = decoded.image->comps[channel];
            ASSERT_EQ(component.w, width);
            ASSERT_EQ(component.h, height);
            ASSERT_EQ(component.prec, bits);
            for (std::uint32_t y = 0; y < height; ++y)
                for (std::uint32_t x = 0; x < width; ++x)
                    differ +=
                        component.data[std::size_t{y} * width + x] != raster.sample(raster.row(pixels, y), x, channel);
        }
        EXPECT_EQ(differ, 0u);
    }
}

TEST(Jpeg2000, CarriesItsResolution) {
    std::string pixels;
    const Raster raster = raster_of(16, 16, 8, 1, pixels);
    FrameFile file(true);
    ASSERT_TRUE(write_jp2(raster, pixels, file, never));
    const std::string bytes = stored(file);
    const std::size_t box = bytes.find("resc");
    ASSERT_NE(box, std::string::npos);
    const auto number = [&](std::size_t at) {
        return static_cast<unsigned char>(bytes[at]) << 8 | static_cast<unsigned char>(bytes[at + 1]);
    };
    EXPECT_EQ(number(box + 4), 1'000) << "vertical first";
    EXPECT_EQ(number(box + 6), 254);
    EXPECT_EQ(number(box + 8), 500);
    EXPECT_EQ(bytes[box + 12], 4);
}

TEST(Jpeg2000, StopsWhenCancelled) {
    std::string pixels;
    const Raster raster = raster_of(16, 16, 8, 1, pixels);
    FrameFile file(true);
    EXPECT_FALSE(write_jp2(raster, pixels, file, at_once));
    EXPECT_EQ(file.bytes(), 0u);
}

/// A JPEG file through libjpeg's own decoder.
struct Picture {
    std::uint32_t width = 0, height = 0;
    int channels = 0, dpi_x = 0, dpi_y = 0, sampling = 0;
    std::string pixels;

    explicit Picture(const std::string& file) {
        jpeg_decompress_struct info{};
        jpeg_error_mgr errors{};
        info.err = jpeg_std_error(&errors);
        jpeg_create_decompress(&info);
        jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(file.data()), file.size());
        EXPECT_EQ(jpeg_read_header(&info, TRUE), JPEG_HEADER_OK);
        dpi_x = info.X_density;
        dpi_y = info.Y_density;
        EXPECT_EQ(info.density_unit, 1);
        sampling = info.comp_info[0].h_samp_factor;
        jpeg_start_decompress(&info);
        width = info.output_width;
        height = info.output_height;
        channels = info.output_components;
        pixels.resize(std::size_t{width} * height * static_cast<std::size_t>(channels));
        while (info.output_scanline < info.output_height) {
            auto* row = reinterpret_cast<JSAMPROW>(pixels.data() + std::size_t{info.output_scanline} * width *
                                                                       static_cast<std::size_t>(channels));
            jpeg_read_scanlines(&info, &row, 1);
        }
        jpeg_finish_decompress(&info);
        jpeg_destroy_decompress(&info);
    }
};

TEST(Jpeg, ShowsWhatWasThereWithItsResolution) {
    for (const std::uint32_t channels : {1u, 3u, 4u}) {
        std::string pixels;
        const Raster raster = raster_of(40, 30, 8, channels, pixels, true);
        FrameFile file(true);
        ASSERT_TRUE(write_jpeg(raster, pixels, file, never));
        const Picture picture(stored(file));
        EXPECT_EQ(picture.width, 40u);
        EXPECT_EQ(picture.height, 30u);
        EXPECT_EQ(picture.channels, channels == 1 ? 1 : 3);
        EXPECT_EQ(picture.dpi_x, 500);
        EXPECT_EQ(picture.dpi_y, 1'000);
        EXPECT_EQ(picture.sampling, 1);
        for (std::uint32_t y = 0; y < 30; ++y)
            EXPECT_NEAR(static_cast<unsigned char>(
                            picture.pixels[std::size_t{y} * 40 * static_cast<std::size_t>(picture.channels)]),
                        y, 3);
    }
}

TEST(Jpeg, MakesEightBitsOfOneAndOfSixteen) {
    std::string pixels;
    Raster raster = raster_of(8, 2, 1, 1, pixels);
    pixels = std::string("\xff\x00", 2);
    FrameFile bitmap(true);
    ASSERT_TRUE(write_jpeg(raster, pixels, bitmap, never));
    const Picture two(stored(bitmap));
    EXPECT_GT(static_cast<unsigned char>(two.pixels[3]), 250);
    EXPECT_LT(static_cast<unsigned char>(two.pixels[8 + 3]), 5);
    raster = raster_of(8, 8, 16, 1, pixels);
    for (std::size_t i = 0; i < pixels.size(); i += 2) {
        const std::uint16_t value = 0x8012;
        std::memcpy(pixels.data() + i, &value, 2);
    }
    FrameFile deep(true);
    ASSERT_TRUE(write_jpeg(raster, pixels, deep, never));
    EXPECT_NEAR(static_cast<unsigned char>(Picture(stored(deep)).pixels[0]), 0x80, 2);
}

TEST(Jpeg, SaysWhatItCannotHold) {
    std::string pixels;
    const Raster raster = raster_of(66'000, 1, 8, 1, pixels);
    FrameFile file(true);
    EXPECT_THROW((void)write_jpeg(raster, pixels, file, never), std::length_error);
    const Raster small = raster_of(4, 4, 8, 1, pixels);
    EXPECT_FALSE(write_jpeg(small, pixels, file, at_once));
    EXPECT_EQ(file.bytes(), 0u);
}

} // namespace
} // namespace rekam::host
