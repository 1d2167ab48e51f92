// SPDX-License-Identifier: Apache-2.0 OR MIT
// Deterministic pictures: the same device, number and size always give the same bytes. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <rekam/plugin.hpp>

namespace rekam::mock_camera {

// A head and shoulders before a gradient, RGB, with the number burnt in at the lower left. seed tells devices apart.
std::vector<uint8_t> portrait(uint32_t width_px, uint32_t height_px, uint32_t seed, uint32_t number);

// Ridges of so many fingertips side by side, 8-bit gray, 0 is black.
std::vector<uint8_t> fingertips(uint32_t width_px, uint32_t height_px, uint32_t seed, uint32_t fingers);

// Where fingertips draws the finger of that index.
rekam_box_t finger_box(uint32_t width_px, uint32_t height_px, uint32_t fingers, uint32_t index);

// A number of the text that spreads well.
uint32_t seed_of(std::string_view text);

} // namespace rekam::mock_camera
