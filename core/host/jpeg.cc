// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/convert.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#include <jpeglib.h>

namespace rekam::host {
namespace {

struct Failure {
    jpeg_error_mgr base{};
    std::jmp_buf jump{};
    char text[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void fail(j_common_ptr info) {
    auto* failure = reinterpret_cast<Failure*>(info->err);
    failure->base.format_message(info, failure->text);
    std::longjmp(failure->jump, 1);
}

void silent(j_common_ptr) {}

/// Eight bits a sample, without alpha; in a bitmap 0 is black.
void to_jpeg_row(const Raster& raster, std::string_view row, std::string& out) {
    const std::size_t kept = std::min(raster.channels, 3u);
    for (std::uint32_t x = 0; x < raster.width_px; ++x)
        for (std::size_t channel = 0; channel < kept; ++channel)
            out[x * kept + channel] = static_cast<char>(raster.sample(row, x, channel) >> (raster.bits == 16 ? 8 : 0));
    if (raster.bits == 1)
        for (char& one : out)
            one = one != 0 ? '\xff' : '\0';
}

void begin(jpeg_compress_struct& info, const Raster& raster, int quality) {
    info.image_width = raster.width_px;
    info.image_height = raster.height_px;
    info.input_components = raster.channels == 1 ? 1 : 3;
    info.in_color_space = raster.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    for (int i = 0; i < info.num_components; ++i)
        info.comp_info[i].h_samp_factor = info.comp_info[i].v_samp_factor = 1;
    if (raster.dpi_x != 0 && raster.dpi_y != 0 && raster.dpi_x <= UINT16_MAX && raster.dpi_y <= UINT16_MAX) {
        info.density_unit = 1; // per inch
        info.X_density = static_cast<UINT16>(raster.dpi_x);
        info.Y_density = static_cast<UINT16>(raster.dpi_y);
    }
    jpeg_start_compress(&info, TRUE);
}

/// libjpeg leaves by longjmp: nothing here may need a destructor.
bool encode(jpeg_compress_struct& info, Failure& failure, const Raster& raster, std::string_view pixels,
            std::string& row, const Cancelled& cancelled, int quality) {
    if (setjmp(failure.jump) != 0)
        return true; // text says why
    begin(info, raster, quality);
    while (info.next_scanline < info.image_height) {
        if (cancelled())
            return false;
        to_jpeg_row(raster, raster.row(pixels, info.next_scanline), row);
        auto* line = reinterpret_cast<JSAMPROW>(row.data());
        jpeg_write_scanlines(&info, &line, 1);
    }
    jpeg_finish_compress(&info);
    return true;
}

} // namespace

bool write_jpeg(const Raster& raster, std::string_view pixels, ByteSink& out, const Cancelled& cancelled, int quality) {
    if (raster.width_px > JPEG_MAX_DIMENSION || raster.height_px > JPEG_MAX_DIMENSION)
        throw std::length_error("JPEG: a side of more than 65,500 pixels");
    Failure failure;
    jpeg_compress_struct info{};
    info.err = jpeg_std_error(&failure.base);
    failure.base.error_exit = &fail;
    failure.base.output_message = &silent;
    jpeg_create_compress(&info);
    unsigned char* bytes = nullptr;
    unsigned long count = 0;
    jpeg_mem_dest(&info, &bytes, &count);
    std::string row(std::size_t{raster.width_px} * (raster.channels == 1 ? 1 : 3), '\0');
    const bool finished = encode(info, failure, raster, pixels, row, cancelled, quality);
    jpeg_destroy_compress(&info);
    const std::unique_ptr<unsigned char, decltype(&std::free)> owner(bytes, &std::free);
    if (failure.text[0] != '\0')
        throw std::runtime_error(std::string("JPEG: ") + failure.text);
    if (finished)
        out.write({reinterpret_cast<const char*>(bytes), count});
    return finished;
}

} // namespace rekam::host
