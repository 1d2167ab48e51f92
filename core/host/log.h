// SPDX-License-Identifier: Apache-2.0 OR MIT
// One line on stderr, which is rekamd's pipe: "level: text". Any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace rekam::host {

/// `level` is an enum rekam_log_level. The text is cut at 1,000 bytes, control characters become '?'.
void log_line(std::uint32_t level, std::string_view text);

} // namespace rekam::host
