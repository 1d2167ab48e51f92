// SPDX-License-Identifier: Apache-2.0 OR MIT
// A signature that nobody writes, as a pad's pen is read. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rekam::mock {

struct PenSample {
    int64_t t_us, x_um, y_um, pressure; // pressure 0..65535, 0 above the pad
    int64_t tilt_cdeg;
};

struct Signature {
    std::vector<PenSample> samples;
    std::vector<std::size_t> gaps; // samples before which the pen was out of reach
};

// In the writing area of a pad of that size. The same hand for the same seed; number varies it as hands do.
Signature sign(uint32_t seed, uint32_t number, int64_t width_um, int64_t height_um);

// As rekam_job_t::result wants them under "samples".
std::string samples_json(const Signature& signature, int64_t width_um, int64_t height_um);

} // namespace rekam::mock
