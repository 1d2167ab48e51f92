// SPDX-License-Identifier: Apache-2.0
#include "core/io/clock.h"

#include <ctime>
#include <fstream>
#include <stdexcept>

#include <sys/timex.h>

namespace rekam::io {
namespace {

std::int64_t read_us(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::int64_t{time.tv_sec} * us_per_s + time.tv_nsec / 1'000;
}

} // namespace

Now Clock::now() {
    const Now now{.mono_us = read_us(CLOCK_MONOTONIC),
                  .boot_us = read_us(CLOCK_BOOTTIME),
                  .utc_us = read_us(CLOCK_REALTIME),
                  .synced = false};
    if (now.boot_us - asked_us_ >= us_per_s) {
        timex question{}; // modes 0: only asks
        const int state = ::adjtimex(&question);
        synced_ = state >= 0 && state != TIME_ERROR && (question.status & STA_UNSYNC) == 0;
        asked_us_ = now.boot_us;
    }
    return {.mono_us = now.mono_us, .boot_us = now.boot_us, .utc_us = now.utc_us, .synced = synced_};
}

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    if (!std::getline(file, id))
        throw std::runtime_error("cannot read /proc/sys/kernel/random/boot_id: is /proc mounted?");
    std::erase(id, '-');
    return id;
}

} // namespace rekam::io
