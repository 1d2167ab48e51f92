// SPDX-License-Identifier: Apache-2.0
// Slots and what they are bound to. A pattern must match exactly one device; two are never guessed between.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

/// Binds every slot anew as configuration and listed devices demand, and opens what became needed.
void bind_slots(Step& step);

/// Whether the device meets what the slot requires; notes what it lacks.
void check_coverage(Slot& slot, const Device& device);

/// A checked configuration replaces the present one.
void config_loaded(Step& step, Config config);
void config_refused(Step& step, const ConfigRefused& event);

} // namespace rekam::broker
