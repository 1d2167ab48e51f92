// SPDX-License-Identifier: Apache-2.0
// What a slot requires of its device's readings: requires = { readings = { temperature = { min = 160, max = 170 } } }.
// They are taken from a health report that is young enough; else the device is asked before the job is given to it.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

/// Whether the device must report before a job of the slot may run.
bool needs_report(const Step& step, const Slot& slot, const Device& device);
/// What its readings say against the job. Asked when its report is young enough.
std::optional<model::Error> readings_trouble(const Slot& slot, const Device& device);
/// Keeps what a health report measured.
void note_readings(Step& step, Device& device, const std::vector<wire::HealthCheck>& checks);

} // namespace rekam::broker
