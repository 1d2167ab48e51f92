// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a SANE status means in the words of the vocabulary. Pure.
#pragma once

#include <rekam/plugin.hpp>
#include <sane/sane.h>

#include <string>

namespace rekam::sane {

/// The call that returned the status: "busy" at open means another program, at start the scanner itself.
enum class Phase { list, open, option, start, read };

/// Two statuses that back ends use though sane.h does not enable them.
inline constexpr int status_warming_up = 12, status_hw_locked = 13;

/// What to report for any status but GOOD; what: the thing that was tried, for the message ("sane_start").
/// vendor_code is the SANE number. A number that nobody defined becomes `device-error`.
plugin::Error status_error(SANE_Status status, Phase phase, const std::string& what);

} // namespace rekam::sane
