// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/picture.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace rekam::mock {
namespace {

struct Glyph {
    char letter;
    std::array<uint8_t, 7> rows; // five bits each, the leftmost the highest
};

constexpr std::array glyphs{
    Glyph{'0', {14, 17, 19, 21, 25, 17, 14}}, Glyph{'1', {4, 12, 4, 4, 4, 4, 14}},
    Glyph{'2', {14, 17, 1, 2, 4, 8, 31}},     Glyph{'3', {31, 2, 4, 2, 1, 17, 14}},
    Glyph{'4', {2, 6, 10, 18, 31, 2, 2}},     Glyph{'5', {31, 16, 30, 1, 1, 17, 14}},
    Glyph{'6', {6, 8, 16, 30, 17, 17, 14}},   Glyph{'7', {31, 1, 2, 4, 8, 8, 8}},
    Glyph{'8', {14, 17, 17, 14, 17, 17, 14}}, Glyph{'9', {14, 17, 17, 15, 1, 2, 12}},
    Glyph{'A', {14, 17, 17, 31, 17, 17, 17}}, Glyph{'B', {30, 17, 17, 30, 17, 17, 30}},
    Glyph{'C', {14, 17, 16, 16, 16, 17, 14}}, Glyph{'D', {28, 18, 17, 17, 17, 18, 28}},
    Glyph{'E', {31, 16, 16, 30, 16, 16, 31}}, Glyph{'F', {31, 16, 16, 30, 16, 16, 16}},
    Glyph{'G', {14, 17, 16, 23, 17, 17, 15}}, Glyph{'H', {17, 17, 17, 31, 17, 17, 17}},
    Glyph{'I', {14, 4, 4, 4, 4, 4, 14}},      Glyph{'J', {7, 2, 2, 2, 2, 18, 12}},
    Glyph{'K', {17, 18, 20, 24, 20, 18, 17}}, Glyph{'L', {16, 16, 16, 16, 16, 16, 31}},
    Glyph{'M', {17, 27, 21, 21, 17, 17, 17}}, Glyph{'N', {17, 17, 25, 21, 19, 17, 17}},
    Glyph{'O', {14, 17, 17, 17, 17, 17, 14}}, Glyph{'P', {30, 17, 17, 30, 16, 16, 16}},
    Glyph{'Q', {14, 17, 17, 17, 21, 18, 13}}, Glyph{'R', {30, 17, 17, 30, 20, 18, 17}},
    Glyph{'S', {15, 16, 16, 14, 1, 1, 30}},   Glyph{'T', {31, 4, 4, 4, 4, 4, 4}},
    Glyph{'U', {17, 17, 17, 17, 17, 17, 14}}, Glyph{'V', {17, 17, 17, 17, 17, 10, 4}},
    Glyph{'W', {17, 17, 17, 21, 21, 21, 10}}, Glyph{'X', {17, 17, 10, 4, 10, 17, 17}},
    Glyph{'Y', {17, 17, 10, 4, 4, 4, 4}},     Glyph{'Z', {31, 1, 2, 4, 8, 16, 31}},
    Glyph{'<', {2, 4, 8, 16, 8, 4, 2}},       Glyph{'/', {0, 1, 2, 4, 8, 16, 0}},
    Glyph{'.', {0, 0, 0, 0, 0, 12, 12}},      Glyph{'-', {0, 0, 0, 31, 0, 0, 0}},
};

bool dotted(char letter, int32_t column, int32_t row) {
    const auto found =
        std::find_if(glyphs.begin(), glyphs.end(), [&](const Glyph& one) { return one.letter == letter; });
    return found != glyphs.end() && (found->rows[static_cast<std::size_t>(row)] >> (4 - column) & 1) != 0;
}

} // namespace

Colour blend(const Colour& from, const Colour& to, double part) {
    part = std::clamp(part, 0.0, 1.0);
    return {from.red + (to.red - from.red) * part, from.green + (to.green - from.green) * part,
            from.blue + (to.blue - from.blue) * part};
}

Colour shade(const Colour& colour, double factor) {
    return {colour.red * factor, colour.green * factor, colour.blue * factor};
}

void Picture::set(uint32_t x, uint32_t y, const Colour& colour) {
    uint8_t* pixel = at(x, y);
    if (channels_ == 1) {
        *pixel = clamped(0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue);
        return;
    }
    pixel[0] = clamped(colour.red);
    pixel[1] = clamped(colour.green);
    pixel[2] = clamped(colour.blue);
}

void Picture::fill(int32_t x, int32_t y, int32_t width, int32_t height, const Colour& colour) {
    const auto right = std::min<int64_t>(width_, int64_t{x} + width),
               bottom = std::min<int64_t>(height_, int64_t{y} + height);
    for (int64_t row = std::max(0, y); row < bottom; ++row)
        for (int64_t column = std::max(0, x); column < right; ++column)
            set(static_cast<uint32_t>(column), static_cast<uint32_t>(row), colour);
}

void Picture::text(int32_t x, int32_t y, int32_t cell, std::string_view words, const Colour& ink) {
    for (const char letter : words) {
        for (int32_t row = 0; row < 7; ++row)
            for (int32_t column = 0; column < 5; ++column)
                if (dotted(letter, column, row))
                    fill(x + column * cell, y + row * cell, cell, cell, ink);
        x += 6 * cell;
    }
}

void Picture::paste(int32_t x, int32_t y, const Picture& other) {
    for (uint32_t row = 0; row < other.height_; ++row)
        for (uint32_t column = 0; column < other.width_; ++column) {
            const int64_t to_x = int64_t{x} + column, to_y = int64_t{y} + row;
            if (to_x < 0 || to_y < 0 || to_x >= width_ || to_y >= height_)
                continue;
            const uint8_t* from = other.at(column, row);
            const Colour colour = other.channels_ == 1 ? Colour{double(from[0]), double(from[0]), double(from[0])}
                                                       : Colour{double(from[0]), double(from[1]), double(from[2])};
            set(static_cast<uint32_t>(to_x), static_cast<uint32_t>(to_y), colour);
        }
}

void Picture::blur(uint32_t radius_px) {
    for (int pass = 0; pass < 2; ++pass) {
        blur_once(radius_px, true);
        blur_once(radius_px, false);
    }
}

// A running sum along each row or column: the time does not depend on the radius.
void Picture::blur_once(uint32_t radius_px, bool along_rows) {
    const int64_t lines = along_rows ? height_ : width_, length = along_rows ? width_ : height_, radius = radius_px;
    std::vector<uint8_t> line(static_cast<std::size_t>(length));
    const auto pixel = [&](int64_t l, int64_t i, uint32_t channel) -> uint8_t& {
        return (along_rows ? at(static_cast<uint32_t>(i), static_cast<uint32_t>(l))
                           : at(static_cast<uint32_t>(l), static_cast<uint32_t>(i)))[channel];
    };
    for (int64_t l = 0; l < lines; ++l)
        for (uint32_t channel = 0; channel < channels_; ++channel) {
            for (int64_t i = 0; i < length; ++i)
                line[static_cast<std::size_t>(i)] = pixel(l, i, channel);
            const auto value = [&](int64_t i) -> int64_t {
                return line[static_cast<std::size_t>(std::clamp<int64_t>(i, 0, length - 1))];
            };
            int64_t sum = 0;
            for (int64_t i = -radius; i <= radius; ++i)
                sum += value(i);
            for (int64_t i = 0; i < length; ++i) {
                pixel(l, i, channel) = static_cast<uint8_t>(sum / (2 * radius + 1));
                sum += value(i + radius + 1) - value(i - radius);
            }
        }
}

Picture Picture::turned_left() const {
    Picture turned(height_, width_, channels_);
    for (uint32_t y = 0; y < turned.height_; ++y)
        for (uint32_t x = 0; x < turned.width_; ++x)
            std::copy_n(at(width_ - 1 - y, x), channels_, turned.at(x, y));
    return turned;
}

Picture Picture::enlarged(uint32_t factor, uint32_t width_px, uint32_t height_px) const {
    Picture large(width_px, height_px, channels_);
    for (uint32_t y = 0; y < height_px; ++y)
        for (uint32_t x = 0; x < width_px; ++x) {
            const uint32_t left = std::min(x / factor, width_ - 1), top = std::min(y / factor, height_ - 1);
            const uint32_t right = std::min(left + 1, width_ - 1), bottom = std::min(top + 1, height_ - 1);
            const uint32_t tx = x % factor, ty = y % factor, all = factor * factor;
            for (uint32_t channel = 0; channel < channels_; ++channel) {
                const uint32_t upper = at(left, top)[channel] * (factor - tx) + at(right, top)[channel] * tx;
                const uint32_t lower = at(left, bottom)[channel] * (factor - tx) + at(right, bottom)[channel] * tx;
                large.at(x, y)[channel] = static_cast<uint8_t>((upper * (factor - ty) + lower * ty) / all);
            }
        }
    return large;
}

Picture Picture::gray() const {
    Picture made(width_, height_, 1);
    for (uint32_t y = 0; y < height_; ++y)
        for (uint32_t x = 0; x < width_; ++x) {
            const uint8_t* from = at(x, y);
            made.set(x, y, channels_ == 1 ? double(from[0]) : 0.299 * from[0] + 0.587 * from[1] + 0.114 * from[2]);
        }
    return made;
}

} // namespace rekam::mock
