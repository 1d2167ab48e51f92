// SPDX-License-Identifier: Apache-2.0
// Devices and their hosts: opened while a slot is bound to them, reopened after a failure, quarantined after too many.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

/// Opens the device if a slot needs it and nothing forbids it.
void ensure_host(Step& step, Device& device);
/// No slot needs it any more: its host is asked to end, once its job is over.
void release_host(Step& step, Device& device);
/// Its host, or the bus, says that it is unplugged: closed once its job is over, and opened again when it is listed
/// again.
void device_unplugged(Step& step, Device& device);
/// device_retry: the back-off is over.
void device_retry(Step& step, DeviceNo no);
/// device_call: its host opens or closes it for too long.
void device_overdue(Step& step, DeviceNo no);
/// A job ended: what had to wait for that may go on.
void after_job(Step& step, Device& device);

/// Ends the process when nothing works in it any more; what still needs it is opened in a fresh one.
void renew_host(Step& step, ChildId id);
/// A job or a check is over: what waited for that may be renewed.
void renew_if_idle(Step& step, ChildId id);

/// Its host takes jobs and health checks.
bool takes_calls(const State& s, const Device& device);
/// What stands before every message to its host about it.
wire::Prefix prefix_to(const Device& device);

/// A failure of the device: says when it is tried again, or that it is not. `refused`: the plugin said no in order.
void count_failure(Step& step, Device& device, bool refused, const std::string& why);

/// Tells a host that has greeted to open it.
void start_device(Step& step, const Child& host, Device& device);

// --- its host: one of its own, or that of all devices of its plugin ---
void host_greeted(Step& step, Child& child);
std::optional<model::Error> host_message(Step& step, Child& child, ChildMessage& event);
/// The process died: the jobs in it end, its devices are down.
void host_died(Step& step, Child& child);
/// Its tree is gone: its devices are opened again, wait, or are quarantined.
void host_ended(Step& step, const Child& child);
/// Its process does not die; nothing is expected of it any more.
void host_stuck(Step& step, Child& child);

} // namespace rekam::broker
