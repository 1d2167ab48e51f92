// SPDX-License-Identifier: Apache-2.0 OR MIT
// A picture in memory, gray or RGB with 8 bits, and what is drawn into it. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace rekam::mock {

struct Colour {
    double red = 0, green = 0, blue = 0; // 0..255
};
Colour blend(const Colour& from, const Colour& to, double part);
Colour shade(const Colour& colour, double factor);

class Picture {
  public:
    Picture(uint32_t width_px, uint32_t height_px, uint32_t channels, uint8_t value = 255)
        : width_(width_px), height_(height_px), channels_(channels),
          bytes_(std::size_t{width_px} * height_px * channels, value) {}

    uint32_t width() const { return width_; }
    uint32_t height() const { return height_; }
    uint32_t channels() const { return channels_; }
    const std::vector<uint8_t>& bytes() const { return bytes_; }

    uint8_t* at(uint32_t x, uint32_t y) { return &bytes_[(std::size_t{y} * width_ + x) * channels_]; }
    const uint8_t* at(uint32_t x, uint32_t y) const { return &bytes_[(std::size_t{y} * width_ + x) * channels_]; }
    void set(uint32_t x, uint32_t y, double gray) { *at(x, y) = clamped(gray); }
    void set(uint32_t x, uint32_t y, const Colour& colour);

    void fill(int32_t x, int32_t y, int32_t width, int32_t height, const Colour& colour);
    // Letters of a 5 by 7 raster, `cell` pixels a dot, from the top left. What the font lacks is left blank.
    void text(int32_t x, int32_t y, int32_t cell, std::string_view words, const Colour& ink);
    // Another picture with its top left corner there; what reaches over the edge is cut.
    void paste(int32_t x, int32_t y, const Picture& other);
    // As out of focus: each pixel the mean of those around it, twice.
    void blur(uint32_t radius_px);
    Picture turned_left() const; // as a sensor sees it that is mounted on its side
    Picture gray() const;
    // So many times as large, cut to that size; smooth between the pixels.
    Picture enlarged(uint32_t factor, uint32_t width_px, uint32_t height_px) const;

    static uint8_t clamped(double value) { return static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value); }

  private:
    void blur_once(uint32_t radius_px, bool along_rows);

    uint32_t width_, height_, channels_;
    std::vector<uint8_t> bytes_;
};

} // namespace rekam::mock
