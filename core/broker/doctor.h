// SPDX-License-Identifier: Apache-2.0
// device.doctor: one finding about a slot or a device, out of what the broker knows: cause, evidence, who can mend it
// and what to do next.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void device_doctor(Step& step, const Asked& asked);

/// A listed device is not listed any more: cables that come and go are told from those that went.
void note_unplugged(Step& step, Device& device);

/// With what goes with the cause: who mends it, and how.
wire::Finding finding_of(model::Cause cause, std::string evidence);

} // namespace rekam::broker
