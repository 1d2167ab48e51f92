// SPDX-License-Identifier: Apache-2.0
// A QR code in a terminal: two rows of modules per line of half blocks, dark on light whatever the terminal's colours.
#pragma once

#include <string>

namespace rekam::ctl {

/// Throws std::runtime_error for a text that is too long for a code.
std::string qr_picture(const std::string& text);

} // namespace rekam::ctl
