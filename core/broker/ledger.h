// SPDX-License-Identifier: Apache-2.0
// The blank cards of each printer's hopper. A hopper belongs to its device, whichever slot stands for it: a slot that
// is bound to another printer shows another ledger, and the two are never mixed. A row here reaches the disk only
// together with the jobs that it counts.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void cards_get(Step& step, const Asked& asked);
void cards_load(Step& step, const Asked& asked);
void cards_count(Step& step, const Asked& asked);
void cards_spoil(Step& step, const Asked& asked);

void restore_hopper(State& s, const Record& record);

/// A print has its outcome: the blank that it took, if any, leaves its hopper for good. `key` is that of the job's row.
void book_blank(Step& step, wire::Job& job, const std::string& key);
/// What became of a blank whose end was unknown, or is so again.
void move_blank(Step& step, wire::Job& job, const std::string& key, model::Blank to);

/// How fast a hopper empties, at the pace of the last working hours; empty where too little is known.
struct Forecast {
    std::int64_t per_hour = 0;
    std::int64_t empty_in_us = 0;
};
std::optional<Forecast> forecast(const wire::Hopper& hopper, std::int64_t now_utc_us);

} // namespace rekam::broker
