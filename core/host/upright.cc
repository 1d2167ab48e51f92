// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/upright.h"

#include <cstring>
#include <utility>

namespace rekam::host {
namespace {

struct Place {
    std::int64_t x, y;
};

/// Which delivered pixel shows at a place of the upright picture. EXIF: 1 upright, 2 mirrored, 3 half turned, 4 both,
/// 5 mirrored and turned, 6 to be turned right, 7 mirrored and turned, 8 to be turned left.
Place source_of(const Turn& turn, std::int64_t x, std::int64_t y) {
    const std::int64_t right = turn.width_px - 1, bottom = turn.height_px - 1;
    switch (turn.orientation) {
    case 2: return {right - x, y};
    case 3: return {right - x, bottom - y};
    case 4: return {x, bottom - y};
    case 5: return {y, x};
    case 6: return {y, bottom - x};
    case 7: return {right - y, bottom - x};
    case 8: return {right - y, x};
    default: return {x, y};
    }
}

/// The other way round.
Place target_of(const Turn& turn, std::int64_t x, std::int64_t y) {
    const std::int64_t right = turn.width_px - 1, bottom = turn.height_px - 1;
    switch (turn.orientation) {
    case 6: return {bottom - y, x};
    case 7: return {bottom - y, right - x};
    case 8: return {y, right - x};
    default: return source_of(turn, x, y); // the others are their own inverse
    }
}

void copy_pixel(const Raster& raster, std::string_view from, std::uint32_t from_x, char* to, std::uint32_t to_x) {
    if (raster.bits == 1) {
        if (raster.sample(from, from_x, 0) != 0)
            to[to_x / 8] = static_cast<char>(to[to_x / 8] | 0x80 >> to_x % 8);
        return;
    }
    const std::size_t bytes = std::size_t{raster.channels} * raster.bits / 8;
    std::memcpy(to + to_x * bytes, from.data() + from_x * bytes, bytes);
}

} // namespace

wire::Box Turn::box(const wire::Box& delivered) const {
    const Place one = target_of(*this, delivered.x_px, delivered.y_px);
    const Place other =
        target_of(*this, delivered.x_px + delivered.width_px - 1, delivered.y_px + delivered.height_px - 1);
    return {std::min(one.x, other.x), std::min(one.y, other.y), std::max(one.x, other.x) - std::min(one.x, other.x) + 1,
            std::max(one.y, other.y) - std::min(one.y, other.y) + 1};
}

bool turn_upright(const Turn& turn, Raster& raster, std::string_view pixels, std::string& out,
                  const Cancelled& cancelled) {
    const Raster delivered = raster;
    if (turn.swaps()) {
        std::swap(raster.width_px, raster.height_px);
        std::swap(raster.dpi_x, raster.dpi_y);
    }
    raster.row_bytes = (std::uint64_t{raster.width_px} * raster.channels * raster.bits + 7) / 8;
    raster.stride_bytes = raster.row_bytes;
    out.assign(raster.row_bytes * raster.height_px, '\0');
    for (std::uint32_t y = 0; y < raster.height_px; ++y) {
        if (cancelled())
            return false;
        for (std::uint32_t x = 0; x < raster.width_px; ++x) {
            const Place from = source_of(turn, x, y);
            copy_pixel(delivered, delivered.row(pixels, static_cast<std::uint32_t>(from.y)),
                       static_cast<std::uint32_t>(from.x), out.data() + y * raster.stride_bytes, x);
        }
    }
    return true;
}

} // namespace rekam::host
