// SPDX-License-Identifier: Apache-2.0 OR MIT
// Raw pixels (rekam/records.h, REKAM_FORMAT_RAW) to what clients can read. Pure but for the file it writes to.
#pragma once

#include "core/host/frame_file.h"

#include <rekam/records.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <optional>
#include <string_view>

namespace rekam::host {

constexpr std::string_view format_png = "image/png", format_pnm = "image/x-portable-anymap", format_jpeg = "image/jpeg",
                           format_jp2 = "image/jp2";

/// What the host makes of raw pixels.
constexpr std::array made_of_pixels{format_png, format_jpeg, format_jp2, format_pnm};
constexpr bool is_made_of_pixels(std::string_view format) {
    return std::ranges::find(made_of_pixels, format) != made_of_pixels.end();
}

/// The size and layout of raw pixels, checked.
struct Raster {
    std::uint32_t width_px = 0, height_px = 0, bits = 8, channels = 1;
    std::uint64_t row_bytes = 0;    ///< of pixels
    std::uint64_t stride_bytes = 0; ///< from row to row
    std::uint32_t dpi_x = 0, dpi_y = 0;

    /// Why the record cannot be pixels, or nothing; then `out` is filled.
    static std::optional<std::string> read(const rekam_frame_t& frame, std::uint64_t bytes, Raster& out);
    [[nodiscard]] std::string_view row(std::string_view pixels, std::uint32_t y) const {
        return pixels.substr(y * stride_bytes, row_bytes);
    }
    /// One sample of a row.
    [[nodiscard]] std::uint16_t sample(std::string_view row, std::uint32_t x, std::size_t channel) const {
        const std::size_t at = std::size_t{x} * channels + channel;
        if (bits == 1)
            return (static_cast<unsigned char>(row[at / 8]) >> (7 - at % 8)) & 1u;
        if (bits == 8)
            return static_cast<unsigned char>(row[at]);
        std::uint16_t value = 0;
        std::memcpy(&value, row.data() + 2 * at, sizeof value);
        return value;
    }
};

/// Asked between rows; true stops the conversion.
using Cancelled = std::function<bool()>;

/// False: cancelled. Throws std::system_error, std::length_error (too large), std::runtime_error (encoder).
bool write_png(const Raster& raster, std::string_view pixels, ByteSink& out, const Cancelled& cancelled);

/// Pictures of people are kept for decades and cropped again and again: no visible loss.
constexpr int evidence_jpeg_quality = 95;
/// A preview is looked at once.
constexpr int preview_jpeg_quality = 80;

/// Eight bits a sample, without alpha; colour as fine as light.
bool write_jpeg(const Raster& raster, std::string_view pixels, ByteSink& out, const Cancelled& cancelled,
                int quality = evidence_jpeg_quality);

/// Lossless, whatever the depth.
bool write_jp2(const Raster& raster, std::string_view pixels, ByteSink& out, const Cancelled& cancelled);

/// P4, P5 or P6; alpha is dropped, as the format has none.
bool write_pnm(const Raster& raster, std::string_view pixels, ByteSink& out, const Cancelled& cancelled);

} // namespace rekam::host
