// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/visitor.h"

#include <fstream>

#include <rekam/plugin.hpp>

namespace rekam::mock {
namespace {

constexpr uint32_t squares = 48, side_px = 6;
constexpr uint64_t begin = 0xB2;

} // namespace

uint32_t visitor_of(const std::string& path) {
    std::ifstream file(path);
    uint32_t number = 0;
    if (!(file >> number))
        throw plugin::Error(REKAM_E_NOT_READY, path + " does not say who sits here: write a number into it");
    return number;
}

void mark_visitor(Picture& picture, uint32_t number) {
    if (picture.width() < squares * side_px || picture.height() < side_px)
        return;
    const uint32_t sum = (number & 255) + (number >> 8 & 255) + (number >> 16 & 255) + (number >> 24);
    const uint64_t bits = begin << 40 | uint64_t{number} << 8 | (sum & 255);
    for (uint32_t y = 0; y < side_px; ++y)
        for (uint32_t x = 0; x < squares * side_px; ++x) {
            const bool black = (bits >> (squares - 1 - x / side_px) & 1) != 0;
            for (uint32_t channel = 0; channel < picture.channels(); ++channel)
                picture.at(x, y)[channel] = black ? 0 : 255;
        }
}

} // namespace rekam::mock
