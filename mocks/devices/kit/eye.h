// SPDX-License-Identifier: Apache-2.0 OR MIT
// Eyes that nobody has, as a near-infrared camera sees them. Pure.
#pragma once

#include <string_view>

#include "mocks/devices/kit/picture.h"

namespace rekam::mock {

struct EyePicture {
    Picture picture;
    int32_t centre_x_px, centre_y_px, radius_px, pupil_radius_px, gaze_x_cdeg, gaze_y_cdeg;
};

// Gray, 640 by 480. The same texture for the same seed and word ("eye.left"); number moves the eye and its pupil.
// Below a quality of 60 it is out of focus.
EyePicture eye(uint32_t seed, std::string_view word, uint32_t number, uint32_t quality);

} // namespace rekam::mock
