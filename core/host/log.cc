// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/log.h"

#include "core/host/text.h"

#include <array>
#include <unistd.h>

namespace rekam::host {

void log_line(std::uint32_t level, std::string_view text) {
    constexpr std::array words{"debug", "info", "warning", "error"};
    std::string line = words.at(level < words.size() ? level : words.size() - 1);
    line += ": " + clean_text(text, 1'000) + "\n";
    // One write, so that lines of several threads do not mix; a reader that is gone is no reason to fail.
    [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace rekam::host
