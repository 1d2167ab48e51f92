// SPDX-License-Identifier: Apache-2.0
// Parameters of preview.start and preview.stop.
#pragma once

#include "core/wire/requests.h"

namespace rekam::wire {

/// Pixels as they came (rekam/records.h); their record says how they lie.
constexpr std::string_view format_raw = "image/x-rekam-raw";

struct PreviewFormats {
    static constexpr std::array<std::string_view, 3> values{"image/jpeg", "image/png", format_raw};
};

struct PreviewStartParams {
    static constexpr bool closed = true;
    SlotName slot;
    std::optional<List<Word<PreviewFormats>, 1, 3, true>> formats; ///< in the order of preference
    std::optional<Int<1, 30>> rate_hz;                             ///< at most so many pictures a second
    std::optional<Int<16, 65'535>> width_px, height_px;            ///< the device gives what is nearest
    std::optional<Int<1, 4>> tickets;                              ///< so many local programs watch
};
BOOST_DESCRIBE_STRUCT(PreviewStartParams, (), (slot, formats, rate_hz, width_px, height_px, tickets))

using PreviewId = Text<1, 64>;

struct PreviewStopParams {
    static constexpr bool closed = true;
    PreviewId preview;
};
BOOST_DESCRIBE_STRUCT(PreviewStopParams, (), (preview))

} // namespace rekam::wire
