// SPDX-License-Identifier: Apache-2.0
// What this machine says of itself: its system, the packages that devices depend on, rekamd's log.
#pragma once

#include <string>

namespace rekam::ctl {

/// Kernel, distribution and versions of the libraries that devices depend on, a line each.
std::string versions_text();

/// The last lines of rekamd's log, redacted: of `file`, else of the systemd journal; or why there are none.
std::string log_text(const std::string& file);

/// Every file of a configuration directory, redacted: name and text, one below the other.
std::string configuration_text(const std::string& directory);

} // namespace rekam::ctl
