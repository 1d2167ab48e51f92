// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/notify.h"

#include "core/io/clock.h"

#include <systemd/sd-daemon.h>

#include <algorithm>

namespace rekam::rekamd {
namespace {

/// A status is one line: a line feed in it would be another field.
std::string status_field(std::string status) {
    std::ranges::replace(status, '\n', ' ');
    return "STATUS=" + status;
}

} // namespace

void notify_ready(const std::string& status) {
    static bool told = false;
    const std::string text = status_field(status);
    ::sd_notify(0, told ? text.c_str() : ("READY=1\n" + text).c_str());
    told = true;
}
void notify_reloading() {
    const std::string text = "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(io::Clock().now().mono_us);
    ::sd_notify(0, text.c_str());
}
void notify_reloaded() { ::sd_notify(0, "READY=1"); }
void notify_stopping() { ::sd_notify(0, "STOPPING=1"); }
void notify_alive() { ::sd_notify(0, "WATCHDOG=1"); }

std::optional<std::chrono::microseconds> watchdog_interval() {
    std::uint64_t interval_us = 0;
    if (::sd_watchdog_enabled(0, &interval_us) <= 0)
        return std::nullopt;
    return std::chrono::microseconds(interval_us / 2);
}

} // namespace rekam::rekamd
