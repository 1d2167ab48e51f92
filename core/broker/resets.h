// SPDX-License-Identifier: Apache-2.0
// What is done about a device before a person is called: its process is started again, its USB port reset, the port's
// power switched off and on. Asked for by slot.reset, or by the station itself for a device that does not open. Each is
// bounded and counted, and none is done while a job runs in the device's process: a card may be under way.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void slot_reset(Step& step, const Asked& asked);

/// The back-off of a device that does not open is over: resets its port if that may help and was not done yet, else
/// tries again.
void climb(Step& step, Device& device);

// --- what happens to a device that is being reset ---
/// Its process has ended: now its port can be reset, where that is wanted.
void reset_port(Step& step, Device& device);
void port_reset(Step& step, const PortReset& event);
/// It is open again.
void reset_done(Step& step, Device& device);
/// It did not open.
void reset_failed(Step& step, Device& device);
/// It is forgotten: no slot and no plugin wants it any more.
void reset_abandoned(Step& step, Device& device);
/// device_reset: nothing came of it in time.
void reset_overdue(Step& step, DeviceNo no);

} // namespace rekam::broker
