// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/card/render.h"

#include <spng.h>

#include <array>
#include <cstdlib>
#include <memory>

namespace rekam::mock_card {
namespace {

using Context = std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)>;

constexpr uint32_t px_per_m = 11'811; // 300 dpi
constexpr uint32_t margin_px = 12, corner_px = 38;
constexpr uint32_t pixels_max = 40'000'000;
// ISO 7816-2, in 0.1 mm from the upper left corner of the card.
constexpr uint32_t contacts_x = 102, contacts_y = 191, contacts_width = 120, contacts_height = 95;

constexpr uint32_t px(uint32_t tenths_mm) { return tenths_mm * 300 / 254; }

using Rgb = std::array<uint8_t, 3>;

bool outside_corner(uint32_t x, uint32_t y) {
    const uint32_t dx = x < corner_px                    ? corner_px - x
                        : x + corner_px >= card_width_px ? x + corner_px - card_width_px + 1
                                                         : 0;
    const uint32_t dy = y < corner_px                     ? corner_px - y
                        : y + corner_px >= card_height_px ? y + corner_px - card_height_px + 1
                                                          : 0;
    return dx > 0 && dy > 0 && dx * dx + dy * dy > corner_px * corner_px;
}

bool on_contacts(uint32_t x, uint32_t y) {
    return x >= px(contacts_x) && x < px(contacts_x + contacts_width) && y >= px(contacts_y) &&
           y < px(contacts_y + contacts_height);
}

// Dye sublimation: each panel has 64 densities, and no panel prints pure white.
uint8_t dye(uint8_t value) { return static_cast<uint8_t>(value / 4 * 4 * 253 / 255); }

Rgb sample(const Image& picture, uint32_t x, uint32_t y, uint32_t width, uint32_t height) {
    const bool upright = picture.height > picture.width;
    const uint64_t across = upright ? picture.height : picture.width, down = upright ? picture.width : picture.height;
    auto column = static_cast<uint32_t>(x * across / width), row = static_cast<uint32_t>(y * down / height);
    if (upright) // its top lies at the card's left
        std::swap(column, row), column = picture.width - 1 - column;
    const uint8_t* at = &picture.pixels[3 * (std::size_t{row} * picture.width + column)];
    return {dye(at[0]), dye(at[1]), dye(at[2])};
}

Bytes encode_png(const Bytes& rgba) {
    const Context context(spng_ctx_new(SPNG_CTX_ENCODER), &spng_ctx_free);
    spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
    spng_ihdr header{};
    header.width = card_width_px;
    header.height = card_height_px;
    header.bit_depth = 8;
    header.color_type = SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
    spng_set_ihdr(context.get(), &header);
    spng_phys resolution{px_per_m, px_per_m, 1};
    spng_set_phys(context.get(), &resolution);
    if (spng_encode_image(context.get(), rgba.data(), rgba.size(), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE) != 0)
        return {};
    std::size_t bytes = 0;
    int error = 0;
    const std::unique_ptr<void, decltype(&std::free)> png(spng_get_png_buffer(context.get(), &bytes, &error),
                                                          &std::free);
    const auto* begin = static_cast<const uint8_t*>(png.get());
    return error == 0 ? Bytes(begin, begin + bytes) : Bytes();
}

} // namespace

std::optional<Image> decode_png(const uint8_t* data, std::size_t bytes) {
    const Context context(spng_ctx_new(0), &spng_ctx_free);
    spng_ihdr header{};
    std::size_t size = 0;
    if (spng_set_png_buffer(context.get(), data, bytes) != 0 || spng_get_ihdr(context.get(), &header) != 0 ||
        uint64_t{header.width} * header.height > pixels_max ||
        spng_decoded_image_size(context.get(), SPNG_FMT_RGB8, &size) != 0)
        return std::nullopt;
    Image image{header.width, header.height, Bytes(size)};
    if (spng_decode_image(context.get(), image.pixels.data(), size, SPNG_FMT_RGB8, 0) != 0)
        return std::nullopt;
    return image;
}

Bytes render_side(const Image& picture, bool edge_to_edge, bool contacts) {
    const uint32_t margin = edge_to_edge ? 0 : margin_px;
    const uint32_t width = card_width_px - 2 * margin, height = card_height_px - 2 * margin;
    Bytes rgba(std::size_t{4} * card_width_px * card_height_px, 255);
    for (uint32_t y = 0; y < card_height_px; ++y)
        for (uint32_t x = 0; x < card_width_px; ++x) {
            uint8_t* at = &rgba[4 * (std::size_t{y} * card_width_px + x)];
            Rgb colour{255, 255, 255};
            if (contacts && on_contacts(x, y))
                colour = {212, 175, 55};
            else if (x >= margin && y >= margin && x - margin < width && y - margin < height)
                colour = sample(picture, x - margin, y - margin, width, height);
            std::copy(colour.begin(), colour.end(), at);
            at[3] = outside_corner(x, y) ? 0 : 255;
        }
    return encode_png(rgba);
}

} // namespace rekam::mock_card
