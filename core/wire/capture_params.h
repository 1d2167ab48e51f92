// SPDX-License-Identifier: Apache-2.0
// Parameters of capture.start: what every function understands, and the closed list of what each one adds.
#pragma once

#include "core/wire/visit_params.h"

namespace rekam::wire {

struct LightWords {
    static constexpr std::array<std::string_view, 3> values{"off", "on", "auto"};
};
struct CropWords {
    static constexpr std::array<std::string_view, 2> values{"none", "portrait"};
};
struct ButtonWords {
    static constexpr std::array<std::string_view, 4> values{"clear", "accept", "cancel", "retry"};
};
struct ImpressionWords {
    static constexpr std::array<std::string_view, 2> values{"plain", "rolled"};
};
struct SourceWords {
    static constexpr std::array<std::string_view, 4> values{"flatbed", "feeder", "feeder-duplex", "camera"};
};
struct ModeWords {
    static constexpr std::array<std::string_view, 3> values{"lineart", "gray", "color"};
};

struct ExceptedPart {
    static constexpr bool closed = true;
    Text<1, 32> subject; ///< checked against the vocabulary by the core
    model::ExceptionReason reason = model::ExceptionReason::missing;
};
BOOST_DESCRIBE_STRUCT(ExceptedPart, (), (subject, reason))

struct Area {
    static constexpr bool closed = true;
    Int<0, 10'000'000> x_um, y_um;
    Int<1, 10'000'000> width_um, height_um;
};
BOOST_DESCRIBE_STRUCT(Area, (), (x_um, y_um, width_um, height_um))

struct Ink {
    static constexpr bool closed = true;
    std::optional<Text<7, 7, Charset::color>> color;
    std::optional<Int<1, 10'000>> width_um;
};
BOOST_DESCRIBE_STRUCT(Ink, (), (color, width_um))

/// What the broker and the host act on themselves; everything else is the device's.
struct CaptureParams {
    static constexpr bool closed = true;
    SlotName slot;
    Text<1, 32> subject;
    std::optional<List<MediaType, 1, 8, true>> formats;
    std::optional<bool> attach;
    std::optional<Int<100, 600'000>> timeout_ms;
    std::optional<Percent> min_quality;
    std::optional<bool> best_effort;
    std::optional<List<ExceptedPart, 0, 10>> exceptions;
    std::optional<Int<1, 99>> max_attempts;
    // camera
    std::optional<Int<1, 65'535>> width_px, height_px;
    std::optional<AutoOr<1, 60'000'000>> exposure;
    std::optional<AutoOr<1'000, 20'000>> white_balance;
    std::optional<AutoOr<0, 100>> focus;
    std::optional<Int<100, 10'000>> zoom;
    std::optional<Word<LightWords>> light;
    std::optional<Word<CropWords>> crop;
    // fingerprint, document
    std::optional<Word<ImpressionWords>> impression;
    std::optional<Int<1, 9'600>> dpi;
    // iris
    std::optional<Int<300, 1'200>> wavelength_nm;
    // signature
    std::optional<Text<0, 500>> prompt;
    std::optional<List<Word<ButtonWords>, 0, 4, true>> buttons;
    std::optional<Ink> ink;
    std::optional<Area> area;
    // document
    std::optional<Word<SourceWords>> source;
    std::optional<Word<ModeWords>> mode;
    std::optional<OneOf<1, 8, 16>> depth;
    std::optional<Int<1, 999>> pages_max;
    /// "acme:key" -> value; not described, the reader fills it
    VendorKeys vendor;
};
BOOST_DESCRIBE_STRUCT(CaptureParams, (),
                      (slot, subject, formats, attach, timeout_ms, min_quality, best_effort, exceptions, max_attempts,
                       width_px, height_px, exposure, white_balance, focus, zoom, light, crop, impression, dpi,
                       wavelength_nm, prompt, buttons, ink, area, source, mode, depth, pages_max))

/// Whether a function has this parameter at all (the common ones it always has).
bool has_parameter(model::Function function, std::string_view name);

} // namespace rekam::wire
