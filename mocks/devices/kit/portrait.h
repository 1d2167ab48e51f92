// SPDX-License-Identifier: Apache-2.0 OR MIT
// A face that nobody has: head and shoulders as a passport wants them. Pure.
#pragma once

#include "mocks/devices/kit/picture.h"

namespace rekam::mock {

struct FaceBox {
    int32_t x_px, y_px, width_px, height_px;
};

// RGB. seed tells people apart; number is burnt in at the lower left (0 is not) and moves the head a little.
Picture portrait(uint32_t width_px, uint32_t height_px, uint32_t seed, uint32_t number);

// Where portrait draws the face, hair left out.
FaceBox face_box(uint32_t width_px, uint32_t height_px, uint32_t seed, uint32_t number);

} // namespace rekam::mock
