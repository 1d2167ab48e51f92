// SPDX-License-Identifier: Apache-2.0
// Slots and what they are bound to. A pattern must match exactly one device; two are never guessed between.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

/// A device for a slot, or why there is none.
struct Choice {
    DeviceNo device = 0;
    std::string why_not;
    bool ambiguous = false;
};
/// The one that a pattern names for the slot; two are never guessed between.
Choice choose(const State& s, const SlotConfig& config, const std::string& pattern);
/// From now on the slot stands for it.
void bind(Step& step, Slot& slot, const Choice& choice);

/// Binds every slot anew as configuration and listed devices demand, and opens what became needed.
void bind_slots(Step& step);

/// Whether the device meets what the slot requires; notes what it lacks.
void check_coverage(Slot& slot, const Device& device);

void slot_bind(Step& step, const Asked& asked);
/// From now on the slot stands for this device; bind_slots() makes it so.
void set_binding(Step& step, const Slot& slot, const std::string& device);
void restore_binding(State& s, const Record& record);
/// Forgets what slot.bind said of slots that slots.toml has changed since.
void drop_stale_bindings(Step& step);
/// Which device the slot wants: what slot.bind said, else the pattern of slots.toml.
const std::string& pattern_of(const State& s, const SlotConfig& config);

/// A checked configuration replaces the present one.
void config_loaded(Step& step, Config config);
void config_refused(Step& step, const ConfigRefused& event);

} // namespace rekam::broker
