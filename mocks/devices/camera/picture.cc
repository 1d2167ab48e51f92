// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/camera/picture.h"

#include <array>
#include <cmath>
#include <string>

namespace rekam::mock_camera {
namespace {

struct Rgb {
    int red, green, blue;
};

// Rows of three bits: the digits 0 to 9 as five lines each.
constexpr std::array<uint16_t, 10> digits{075557, 026227, 071747, 071717, 055711,
                                          074717, 074757, 071111, 075757, 075717};

bool in_digit(int digit, int column, int row) {
    const unsigned bit = static_cast<unsigned>((4 - row) * 3 + (2 - column));
    return ((digits[static_cast<std::size_t>(digit)] >> bit) & 1u) != 0;
}

// Whether the number, drawn in cells of that size from the lower left, covers the pixel.
bool in_number(const std::string& text, int cell, int x, int y_from_bottom) {
    const int column = x / cell - 1, row = 5 - y_from_bottom / cell;
    if (column < 0 || row < 0 || row > 4)
        return false;
    const std::size_t place = static_cast<std::size_t>(column) / 4;
    return column % 4 < 3 && place < text.size() && in_digit(text[place] - '0', column % 4, row);
}

bool in_ellipse(int x, int y, int centre_x, int centre_y, int radius_x, int radius_y) {
    const int64_t dx = int64_t{x - centre_x} * radius_y, dy = int64_t{y - centre_y} * radius_x;
    const int64_t limit = int64_t{radius_x} * radius_y;
    return dx * dx + dy * dy <= limit * limit;
}

Rgb scene(int x, int y, int width, int height, int tint) {
    if (in_ellipse(x, y, width / 2, height * 2 / 5, width / 8, height / 5)) {
        const bool eye = in_ellipse(x, y, width * 9 / 20, height * 3 / 8, width / 60, height / 80) ||
                         in_ellipse(x, y, width * 11 / 20, height * 3 / 8, width / 60, height / 80);
        const int shade = 40 * (x - width * 3 / 8) / (width / 4);
        return eye ? Rgb{30, 20, 20} : Rgb{205 - shade, 160 - shade, 130 - shade};
    }
    if (in_ellipse(x, y, width / 2, height, width * 3 / 10, height * 2 / 5))
        return {40 + tint / 2, 60, 110 - tint / 2};
    const int light = 150 + 90 * y / height;
    return {light - tint / 4, light, light + tint / 8};
}

} // namespace

uint32_t seed_of(std::string_view text) {
    uint32_t hash = 2166136261u;
    for (const char c : text)
        hash = (hash ^ static_cast<uint8_t>(c)) * 16777619u;
    return hash;
}

std::vector<uint8_t> portrait(uint32_t width_px, uint32_t height_px, uint32_t seed, uint32_t number) {
    const int width = static_cast<int>(width_px), height = static_cast<int>(height_px);
    const std::string text = std::to_string(number);
    const int cell = std::max(1, height / 96), tint = static_cast<int>(seed % 64);
    std::vector<uint8_t> pixels;
    pixels.reserve(std::size_t{3} * width_px * height_px);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const Rgb colour =
                in_number(text, cell, x, height - 1 - y) ? Rgb{0, 0, 0} : scene(x, y, width, height, tint);
            pixels.push_back(static_cast<uint8_t>(colour.red));
            pixels.push_back(static_cast<uint8_t>(colour.green));
            pixels.push_back(static_cast<uint8_t>(std::min(colour.blue, 255)));
        }
    return pixels;
}

rekam_box_t finger_box(uint32_t width_px, uint32_t height_px, uint32_t fingers, uint32_t index) {
    const int32_t pitch = static_cast<int32_t>(width_px / std::max(1u, fingers));
    const int32_t height = static_cast<int32_t>(height_px);
    return {static_cast<int32_t>(index) * pitch + pitch / 8, height / 8, pitch * 3 / 4, height * 3 / 4};
}

std::vector<uint8_t> fingertips(uint32_t width_px, uint32_t height_px, uint32_t seed, uint32_t fingers) {
    std::vector<uint8_t> pixels(std::size_t{width_px} * height_px, 250);
    for (uint32_t finger = 0; finger < fingers; ++finger) {
        const rekam_box_t box = finger_box(width_px, height_px, fingers, finger);
        const int centre_x = box.x_px + box.width_px / 2, centre_y = box.y_px + box.height_px / 2;
        const double phase = static_cast<double>(seed % 97) + 11.0 * finger;
        for (int y = box.y_px; y < box.y_px + box.height_px; ++y)
            for (int x = box.x_px; x < box.x_px + box.width_px; ++x) {
                if (!in_ellipse(x, y, centre_x, centre_y, box.width_px / 2, box.height_px / 2))
                    continue;
                const double distance = std::hypot(x - centre_x, 1.3 * (y - centre_y) + phase);
                const std::size_t at = static_cast<std::size_t>(y) * width_px + static_cast<std::size_t>(x);
                pixels[at] = static_cast<uint8_t>(120 + 100 * std::sin(distance / 1.6));
            }
    }
    return pixels;
}

} // namespace rekam::mock_camera
