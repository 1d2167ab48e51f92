// SPDX-License-Identifier: Apache-2.0 OR MIT
// Raw pixels (rekam/records.h, REKAM_FORMAT_RAW) to what clients can read. Pure but for the file it writes to.
#pragma once

#include "core/host/frame_file.h"

#include <rekam/records.h>

#include <functional>
#include <optional>
#include <string_view>

namespace rekam::host {

constexpr std::string_view format_png = "image/png", format_pnm = "image/x-portable-anymap";

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
};

/// Asked between rows; true stops the conversion.
using Cancelled = std::function<bool()>;

/// False: cancelled. Throws std::system_error, std::length_error (too large), std::runtime_error (encoder).
bool write_png(const Raster& raster, std::string_view pixels, FrameFile& out, const Cancelled& cancelled);

/// P4, P5 or P6; alpha is dropped, as the format has none.
bool write_pnm(const Raster& raster, std::string_view pixels, FrameFile& out, const Cancelled& cancelled);

} // namespace rekam::host
