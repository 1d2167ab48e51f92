// SPDX-License-Identifier: Apache-2.0
// Draining: no new side effect is taken, those under way end. Captures, and cards that are only read, go on. A person's
// drain is durable until a person ends it; the battery's follows the battery.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void station_drain(Step& step, const Asked& asked);
/// Why nothing may be begun now.
std::optional<model::Error> draining(const State& s);
/// What a drain waits for.
std::int64_t side_effects_under_way(const State& s);

/// Ends those that no device was asked for, with this error. An exchange at the chip of a card that has begun is part
/// of that card.
void end_waiting_cards(Step& step, const model::Error& error);
/// A print, or a card that is opened to be written, that is not part of another card.
bool begins_card(const Job& job);

void power_seen(Step& step, const PowerSeen& event);
void restore_drain(State& s, const Record& record);

} // namespace rekam::broker
