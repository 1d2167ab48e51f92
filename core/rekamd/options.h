// SPDX-License-Identifier: Apache-2.0
// The command line of rekamd.
#pragma once

#include "core/rekamd/config.h"

#include <optional>
#include <string>

namespace rekam::rekamd {

/// sysexits.h, as far as rekamd uses it.
constexpr int exit_usage = 64, exit_unavailable = 69, exit_cannot_create = 73, exit_config = 78;

struct Options {
    std::string config = "/etc/rekam";
    Paths paths;       ///< runtime and state, where named
    std::string check; ///< a directory to check instead of running
    bool foreground = false;
};

/// Nothing: the exit code is set and everything has been said (help, version, a wrong option).
std::optional<Options> parse_options(int argc, char** argv, int& exit_code);

} // namespace rekam::rekamd
