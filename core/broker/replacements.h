// SPDX-License-Identifier: Apache-2.0
// slot.replace: which devices could stand behind a slot; and one that is to: it is opened, held against what the slot
// requires, made to work once (health level exercise, where it has that), and only then bound. Until then the slot
// stands for the old one. Leases and waiting jobs go along (slot_rebound).
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void slot_replace(Step& step, const Asked& asked);

// --- what happens to the device meanwhile ---
/// It is open, or a check of somebody else is over.
void trial_goes_on(Step& step, Device& device);
/// Its check is over, or somebody else's.
void trial_checked(Step& step, Device& device, const wire::HostHealth& health);
/// It cannot: the slot keeps what it has. Nothing where the device is on no trial.
void trial_failed(Step& step, DeviceNo no, const model::Error& error);
/// device_trial
void trial_overdue(Step& step, DeviceNo no);

} // namespace rekam::broker
