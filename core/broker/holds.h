// SPDX-License-Identifier: Apache-2.0
// slot.hold and slot.release: a person takes a slot out of service, beside whatever its device does. New leases and
// jobs are refused, the running job ends as it would, those that wait go on waiting; it lasts over a restart.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void slot_hold(Step& step, const Asked& asked);
void slot_release(Step& step, const Asked& asked);
void restore_hold(State& s, const Record& record);

/// The refusal where one of these slots is held: by whom and why.
std::optional<model::Error> out_of_service(const State& s, const std::vector<std::string>& slots);

/// The first job in the device's queue whose slot is in service. One of a held slot waits on: the slot may be released,
/// or go to another device.
std::deque<JobNo>::iterator first_in_service(const State& s, Device& device);

/// Whoever acts on a slot: as the request says, else the session's operator, else its principal.
std::string person_of(const Step& step, const Asked& asked, const std::optional<wire::Label>& by);

} // namespace rekam::broker
