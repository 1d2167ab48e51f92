// SPDX-License-Identifier: Apache-2.0
// Entries of a journal, written by hand.
#pragma once

#include "core/ctl/report.h"

namespace rekam::ctl {

using boost::json::object;

inline constexpr std::int64_t minute_us = 60'000'000, hour_us = 60 * minute_us, day_us = 24 * hour_us;
inline const Day day_26{std::chrono::year(2026) / 11 / 26};
inline const Day day_27 = day_26 + std::chrono::days(1);

/// An entry at that time after 2026-11-26T00:00 in Jakarta, which is 2026-11-25T17:00 UTC.
inline object entry_at(std::int64_t after_us, std::string_view kind, object facts = {}) {
    constexpr std::int64_t jakarta_us = 7 * hour_us;
    const std::int64_t utc_us =
        std::chrono::duration_cast<std::chrono::microseconds>(day_26.time_since_epoch()).count() - jakarta_us +
        after_us;
    object entry{{"kind", kind}, {"at", object{{"utc_us", utc_us}, {"synced", true}}}};
    for (auto& fact : facts)
        entry.insert_or_assign(fact.key(), fact.value());
    return entry;
}

} // namespace rekam::ctl
