// SPDX-License-Identifier: Apache-2.0
// The station looks after its devices: every open one is asked from time to time how it is, and the answers together
// decide whether it is degraded, or down: open, and yet not able to work.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

/// The device is open, or its last check is over: the next one is due after its time, or soon.
void arm_self_check(Step& step, const Device& device, bool soon = false);
void self_check_due(Step& step, DeviceNo no);

/// Adds what the station sees itself to a report: consumables at their threshold, a port that flaps. The worst of all.
model::HealthState with_own_checks(const State& s, const Device& device, wire::HealthResult& report,
                                   model::HealthState said);

/// Keeps the report for those who ask later, and lets the device's state follow it: at once where somebody asked for
/// the check, after several that agree where nobody did. Down it is only after several, and no more after one that
/// passes; what an operator mends (a cover, a ribbon) is no reason: the job that meets it says so.
void remember_health(Step& step, Device& device, const wire::HealthResult& report, bool own);

/// A job is over, and its device was degraded before.
void still_degraded(Step& step, Device& device);
/// The first check that is not well, the worst first, in a line; empty where there is none.
std::string complaint(const Device& device);
/// Why nothing is begun on a device whose own checks say that it cannot work.
model::Error failing_error(const Device& device);

} // namespace rekam::broker
