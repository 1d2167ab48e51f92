// SPDX-License-Identifier: Apache-2.0 OR MIT
// One side of a CR80 card as the printer puts it there, as PNG at 300 dpi. The same picture always gives the same
// bytes.
#pragma once

#include "mocks/devices/card/chip.h"

#include <optional>

namespace rekam::mock_card {

// 85.60 x 53.98 mm.
constexpr uint32_t card_width_px = 1'011, card_height_px = 638;

struct Image { // RGB, 8 bits
    uint32_t width = 0, height = 0;
    Bytes pixels;
};

// Empty for what is no PNG.
std::optional<Image> decode_png(const uint8_t* data, std::size_t bytes);

// Upright pictures are turned; edges stay white unless edge_to_edge; a contact chip shows where the card has one.
Bytes render_side(const Image& picture, bool edge_to_edge, bool contacts);

} // namespace rekam::mock_card
