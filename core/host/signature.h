// SPDX-License-Identifier: Apache-2.0 OR MIT
// A pen's samples to a picture in true size: SVG, or pixels that the converters make PNG and others of. Pure.
#pragma once

#include "core/host/request.h"

namespace rekam::host {

constexpr std::string_view format_svg = "image/svg+xml";

/// A frame as a plugin would submit it. No bytes: nothing but the samples was asked for.
struct Drawing {
    rekam_frame_t record{};
    std::string bytes;
};

/// In the first format that was asked for and can be made; SVG where none was asked. The request's ink (colour, width)
/// is used; a harder press draws a wider line.
wire::Expected<Drawing> draw_signature(const wire::Samples& samples, const Request& request);

} // namespace rekam::host
