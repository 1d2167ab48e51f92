// SPDX-License-Identifier: Apache-2.0
// Parameters of preview.start and preview.stop.
#pragma once

#include "core/wire/requests.h"

namespace rekam::wire {

struct PreviewFormats {
    static constexpr std::array<std::string_view, 2> values{"image/jpeg", "image/png"};
};

struct PreviewStartParams {
    static constexpr bool closed = true;
    SlotName slot;
    std::optional<List<Word<PreviewFormats>, 1, 2, true>> formats; ///< in the order of preference
    std::optional<Int<1, 30>> rate_hz;                             ///< at most so many pictures a second
    std::optional<Int<16, 65'535>> width_px, height_px;            ///< the device gives what is nearest
};
BOOST_DESCRIBE_STRUCT(PreviewStartParams, (), (slot, formats, rate_hz, width_px, height_px))

using PreviewId = Text<1, 64>;

struct PreviewStopParams {
    static constexpr bool closed = true;
    PreviewId preview;
};
BOOST_DESCRIBE_STRUCT(PreviewStopParams, (), (preview))

} // namespace rekam::wire
