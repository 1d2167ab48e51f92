// SPDX-License-Identifier: Apache-2.0
// The one place where rekamd writes its log: to stderr, one line per event, a subject and a message, control characters
// escaped. Any thread.
#pragma once

#include "core/broker/effect.h"

#include <string_view>

namespace rekam::rekamd {

enum class LogStyle {
    people, ///< with time and level
    journal ///< with the priority in front ("<6>"), as systemd wants it
};

/// The style that fits where stderr goes: the journal, or anything else.
LogStyle fitting_log_style();

/// Call once, before the first line.
void open_log(LogStyle style);

/// "debug", "info", "warning" or "error"; lines below it are dropped.
void set_log_level(std::string_view level);

/// The message may hold anything; it is capped at 4 KiB.
void log(broker::Level level, std::string_view subject, std::string_view message);

} // namespace rekam::rekamd
