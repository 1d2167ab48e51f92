// SPDX-License-Identifier: Apache-2.0
// Which build this is. Gate, hosts and broker speak private messages whose layout may change from build to build, so a
// child shows this first and the broker refuses a stranger.
#pragma once

#include <string_view>

namespace rekam {

/// The version and a digest of the sources of core/wire: "0.1.0-3f9a0c51d2e4". Equal in all processes of one build.
std::string_view build_id();

} // namespace rekam
