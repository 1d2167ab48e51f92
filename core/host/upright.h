// SPDX-License-Identifier: Apache-2.0 OR MIT
// Pictures that a device delivers turned or mirrored (EXIF orientation 1..8), made upright. Pure.
#pragma once

#include "core/host/convert.h"
#include "core/wire/frame_record.h"

namespace rekam::host {

/// How the pixels of a picture lie, and where they go.
struct Turn {
    std::uint32_t orientation = 1;
    std::uint32_t width_px = 0, height_px = 0; ///< as delivered

    [[nodiscard]] bool needed() const { return orientation > 1; }
    [[nodiscard]] bool swaps() const { return orientation >= 5; } ///< width and height
    [[nodiscard]] wire::Box box(const wire::Box& delivered) const;
};

/// The pixels of an upright picture; `raster` becomes its layout. False: cancelled.
bool turn_upright(const Turn& turn, Raster& raster, std::string_view pixels, std::string& out,
                  const Cancelled& cancelled);

} // namespace rekam::host
