// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/convert.h"

#include <spng.h>

#include <bit>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

namespace rekam::host {
namespace {

constexpr std::uint32_t max_side_px = 100'000;
// Scans of paper compress at level 1 to within a tenth of level 6, in a quarter of the time.
constexpr int compression_level = 1;

struct PngSink {
    ByteSink* file;
    std::exception_ptr failed; // an exception must not pass through libspng's C frames
};

int write_png_bytes(spng_ctx*, void* user, void* data, std::size_t bytes) {
    auto& sink = *static_cast<PngSink*>(user);
    try {
        sink.file->write({static_cast<const char*>(data), bytes});
        return SPNG_OK;
    } catch (const std::exception&) {
        sink.failed = std::current_exception();
        return SPNG_IO_ERROR;
    }
}

void check(int code, const PngSink& sink) {
    if (sink.failed)
        std::rethrow_exception(sink.failed);
    if (code != SPNG_OK)
        throw std::runtime_error(std::string("PNG: ") + spng_strerror(code));
}

std::uint8_t colour_type(std::uint32_t channels) {
    return channels == 1   ? SPNG_COLOR_TYPE_GRAYSCALE
           : channels == 3 ? SPNG_COLOR_TYPE_TRUECOLOR
                           : SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
}

std::uint32_t per_metre(std::uint32_t dpi) {
    return static_cast<std::uint32_t>((std::uint64_t{dpi} * 10'000 + 127) / 254);
}

/// One row of samples as PNM wants them: no alpha, 16-bit samples high byte first, in bitmaps 1 is black.
std::string pnm_row(const Raster& raster, std::string_view row) {
    const std::size_t sample = raster.bits == 16 ? 2 : 1;
    std::string out;
    out.reserve(row.size());
    if (raster.bits == 1) {
        for (const char c : row)
            out += static_cast<char>(~static_cast<unsigned char>(c));
        return out;
    }
    const std::size_t kept = std::min(raster.channels, 3u);
    for (std::size_t pixel = 0; pixel + sample * raster.channels <= row.size(); pixel += sample * raster.channels)
        for (std::size_t channel = 0; channel < kept; ++channel) {
            const char* at = row.data() + pixel + sample * channel;
            if (sample == 2 && std::endian::native == std::endian::little)
                out += at[1];
            out += at[0];
            if (sample == 2 && std::endian::native == std::endian::big)
                out += at[1];
        }
    return out;
}

} // namespace

std::optional<std::string> Raster::read(const rekam_frame_t& frame, std::uint64_t bytes, Raster& out) {
    if (frame.width_px == 0 || frame.height_px == 0 || frame.width_px > max_side_px || frame.height_px > max_side_px)
        return "a picture of " + std::to_string(frame.width_px) + " by " + std::to_string(frame.height_px) + " pixels";
    if (frame.channels != 1 && frame.channels != 3 && frame.channels != 4)
        return std::to_string(frame.channels) + " channels, where 1, 3 or 4 are known";
    if (frame.bits != 8 && frame.bits != 16 && !(frame.bits == 1 && frame.channels == 1))
        return std::to_string(frame.bits) + " bits a sample, where 1 (gray only), 8 or 16 are known";
    out = {frame.width_px, frame.height_px, frame.bits, frame.channels, 0, 0, frame.dpi_x, frame.dpi_y};
    out.row_bytes = (std::uint64_t{frame.width_px} * frame.channels * frame.bits + 7) / 8;
    out.stride_bytes = frame.stride_bytes == 0 ? out.row_bytes : frame.stride_bytes;
    if (out.stride_bytes < out.row_bytes)
        return "a stride shorter than a row";
    const std::uint64_t wanted = out.stride_bytes * frame.height_px;
    if (bytes != wanted)
        return std::to_string(bytes) + " bytes where its size says " + std::to_string(wanted);
    return std::nullopt;
}

bool write_png(const Raster& raster, std::string_view pixels, ByteSink& out, const Cancelled& cancelled) {
    const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> png(spng_ctx_new(SPNG_CTX_ENCODER), &spng_ctx_free);
    PngSink sink{&out, nullptr};
    if (!png)
        throw std::bad_alloc();
    check(spng_set_png_stream(png.get(), &write_png_bytes, &sink), sink);
    check(spng_set_option(png.get(), SPNG_IMG_COMPRESSION_LEVEL, compression_level), sink);
    spng_ihdr header{};
    header.width = raster.width_px;
    header.height = raster.height_px;
    header.bit_depth = static_cast<std::uint8_t>(raster.bits);
    header.color_type = colour_type(raster.channels);
    check(spng_set_ihdr(png.get(), &header), sink);
    if (raster.dpi_x != 0 && raster.dpi_y != 0) {
        spng_phys resolution{per_metre(raster.dpi_x), per_metre(raster.dpi_y), 1};
        check(spng_set_phys(png.get(), &resolution), sink);
    }
    check(spng_encode_image(png.get(), nullptr, 0, SPNG_FMT_PNG, SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE), sink);
    for (std::uint32_t y = 0; y < raster.height_px; ++y) {
        if (cancelled())
            return false;
        const std::string_view row = raster.row(pixels, y);
        const int code = spng_encode_row(png.get(), row.data(), row.size());
        check(code == SPNG_EOI && y + 1 == raster.height_px ? SPNG_OK : code, sink);
    }
    return true;
}

bool write_pnm(const Raster& raster, std::string_view pixels, ByteSink& out, const Cancelled& cancelled) {
    std::string head = raster.bits == 1 ? "P4\n" : raster.channels == 1 ? "P5\n" : "P6\n";
    head += std::to_string(raster.width_px) + " " + std::to_string(raster.height_px) + "\n";
    if (raster.bits != 1)
        head += raster.bits == 16 ? "65535\n" : "255\n";
    out.write(head);
    for (std::uint32_t y = 0; y < raster.height_px; ++y) {
        if (cancelled())
            return false;
        out.write(pnm_row(raster, raster.row(pixels, y)));
    }
    return true;
}

} // namespace rekam::host
