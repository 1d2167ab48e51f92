// SPDX-License-Identifier: Apache-2.0
// Devices that stand in: where slots.toml names some for a slot, the first one that can work takes the place of the
// slot's own device while that cannot, and gives it back later.
//
//   own device                                what the slot stands for
//   unplugged, quarantined, stuck, fails its   a fallback at once: the first that is there and covers what the slot
//   own checks, lacks what the slot requires   requires. None: the own device, whose trouble is then the slot's
//   down (it is tried again by itself)         a fallback once that has lasted for fallback_after_ms
//   well for fallback_after_ms                 the own device, when no lease holds the slot and no job of it is left
// Never under a job that runs, and never while the slot is held. A lease goes along to a fallback, as with slot.bind,
// and stays with it to its end: one person is not served by two devices for no need. The own device is kept open, or is
// tried again, all the while, so that its recovery is seen; a fallback is opened when it is needed.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

/// Lets the slot stand for what it should. `now`: a person or the configuration says so, nothing waits.
void place(Step& step, Slot& slot, bool now = false);
/// The device can do nothing any more: slots that have a fallback leave it, and take their waiting jobs along.
void leave_device_behind(Step& step, const Device& device);
/// At the end of a step: slots whose record may have changed are looked at again.
void look_at_places(Step& step);
/// slot_place: a time of waiting is over.
void place_due(Step& step, std::uint64_t number);

/// What is wrong with it, in a few words; `code` is for programs.
struct Ailment {
    model::Code code = model::Code::device_down;
    std::string text;
};
Ailment ailment_of(const Slot& slot, const Device* device);
/// Who stands in for whom, and why.
std::string standing_in(const State& s, const Slot& slot);

} // namespace rekam::broker
