// SPDX-License-Identifier: Apache-2.0
// health.check: asked of the host, or answered from what is known when the device is not open.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void health_check(Step& step, const Asked& asked);
/// The device's host begins the check. `own`: nobody waits for its answer.
void ask_host(Step& step, Device& device, const CheckAsked& asked, bool own);
std::optional<model::Error> health_result(Step& step, Device& device, const wire::Message& message);
/// A job waits at the head of the device's queue. True: its slot requires readings, and the device reports them first.
bool report_first(Step& step, Device& device);
/// The host died under a check.
void health_died(Step& step, Device& device, const model::Error& error);
/// check_overdue: the plugin broke its promise.
void check_overdue(Step& step, DeviceNo no);

} // namespace rekam::broker
