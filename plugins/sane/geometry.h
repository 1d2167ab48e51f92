// SPDX-License-Identifier: Apache-2.0 OR MIT
// Between micrometres and the units of a scanner's edges. Pure.
#pragma once

#include "plugins/sane/options.h"

#include <cmath>

namespace rekam::sane {

inline constexpr double um_per_inch = 25'400;

/// How many micrometres one unit of the option is; dpi: for options in pixels.
inline double um_per_unit(const Option& option, double dpi) {
    return option.unit == SANE_UNIT_PIXEL ? um_per_inch / (dpi > 0 ? dpi : 1) : 1'000;
}

inline int64_t to_um(const Option& option, double value, double dpi) {
    return std::llround(value * um_per_unit(option, dpi));
}

/// The four edges, or nothing where the area cannot be chosen.
struct Edges {
    const Option *left = nullptr, *top = nullptr, *right = nullptr, *bottom = nullptr;
    explicit operator bool() const { return left && top && right && bottom; }
};

Edges edges(const Options& options);

} // namespace rekam::sane
