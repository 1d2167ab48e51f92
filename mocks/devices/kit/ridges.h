// SPDX-License-Identifier: Apache-2.0 OR MIT
// Fingertips that nobody has, at 500 dpi: a field of directions with loops and deltas as the Henry classes have them
// (Sherlock and Monro), along which ridges grow out of noise under oriented filters (Cappelli). Pure.
#pragma once

#include <string_view>

#include "mocks/devices/kit/picture.h"

namespace rekam::mock {

// The pattern of one finger of one person: the same for the same seed and word ("finger.left-index").
struct Finger {
    uint32_t seed = 0;
    std::string_view word;
    uint32_t number = 0;   // which capture: placement and pressure differ a little
    bool rolled = false;   // from nail to nail
    uint32_t quality = 90; // below 60 it is dry and broken
};

// Gray, 250 where nothing touches; so large as such a finger is at 500 dpi.
Picture fingertip(const Finger& finger);

} // namespace rekam::mock
