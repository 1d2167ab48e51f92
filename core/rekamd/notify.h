// SPDX-License-Identifier: Apache-2.0
// What systemd hears. Without systemd all of it does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace rekam::rekamd {

void notify_ready(const std::string& status); ///< the first time READY=1, afterwards only the status
void notify_reloading();
void notify_reloaded();
void notify_stopping();
void notify_alive();

/// How often systemd wants to hear that we are alive, halved; nothing: not at all.
std::optional<std::chrono::microseconds> watchdog_interval();

} // namespace rekam::rekamd
