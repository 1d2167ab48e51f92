// SPDX-License-Identifier: Apache-2.0
// Devices and their hosts: opened while a slot is bound to them, reopened after a failure, quarantined after too many.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

/// Opens the device if a slot needs it and nothing forbids it.
void ensure_host(Step& step, Device& device);
/// No slot needs it any more: its host is asked to end, once its job is over.
void release_host(Step& step, Device& device);
/// device_retry: the back-off is over.
void device_retry(Step& step, DeviceNo no);
/// A job ended: what had to wait for that may go on.
void after_job(Step& step, Device& device);

// --- its host ---
void host_greeted(Step& step, Child& child);
std::optional<model::Error> host_message(Step& step, Child& child, ChildMessage& event);
/// The process died: the job in it ends, the device is down.
void host_died(Step& step, Child& child);
/// Its tree is gone: open again, wait, or quarantine.
void host_ended(Step& step, const Child& child);
/// Its process does not die; nothing is expected of it any more.
void host_stuck(Step& step, Child& child);

} // namespace rekam::broker
