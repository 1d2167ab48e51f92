// SPDX-License-Identifier: Apache-2.0
// Ending in order: jobs, then hosts, then the gate (so that every client still gets its final), then Exit.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

void stop(Step& step);
/// A card has begun in a printer: it is finished before anything is ended.
bool has_card_under_way(const State& s);
/// Something ended: looks whether the next phase can begin.
void stop_goes_on(Step& step);
/// stop_phase: who has not ended by now is killed.
void stop_phase_over(Step& step);

} // namespace rekam::broker
