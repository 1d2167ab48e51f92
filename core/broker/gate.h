// SPDX-License-Identifier: Apache-2.0
// The broker's side of the gate: its start, its requests, its death, which costs no lease, job or frame.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

void start_gate(Step& step);
void gate_greeted(Step& step);
/// An error means that the gate broke the grammar: it is killed.
std::optional<model::Error> gate_message(Step& step, ChildMessage& event);
/// The process is dead: nobody waits for replies any more.
void gate_died(Step& step);
/// Its tree is gone: a new one is started.
void gate_ended(Step& step);

} // namespace rekam::broker
