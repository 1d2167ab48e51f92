// SPDX-License-Identifier: Apache-2.0
// How the store is: ok, failed, full, or on the reserve, which is room that was kept back for a full disk. On the
// reserve everything is written as ever, and no card is begun: there is room for the end of those that have begun.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

void store_writes(Step& step, bool on_reserve);
void store_refuses(Step& step, const AppendFailed& failed);

[[nodiscard]] bool writes(const wire::StoreState& store);
[[nodiscard]] bool is_on_reserve(const wire::StoreState& store);
/// Why no card may begin now.
std::optional<model::Error> no_room(const State& s);

} // namespace rekam::broker
