// SPDX-License-Identifier: Apache-2.0
// slot.identify: "which of the two is it?" The device that stands behind a slot lights, beeps or shakes. Its host asks
// the plugin between two jobs; a job under way is never disturbed, and nothing waits behind one for ever.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void slot_identify(Step& step, const Asked& asked);
/// The host has asked the plugin.
std::optional<model::Error> identified(Step& step, Device& device, const wire::Message& message);
/// The host died, or closed the device, before it answered.
void identify_died(Step& step, Device& device, const model::Error& error);
/// identify_overdue
void identify_overdue(Step& step, DeviceNo no);

} // namespace rekam::broker
