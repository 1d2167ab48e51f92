// SPDX-License-Identifier: Apache-2.0
// What each device has done and how it went since its last service visit: durable, bounded, about no person.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void device_statistics(Step& step, const Asked& asked);
void restore_statistics(State& s, const Record& record);

/// Its device has been given the job.
bool has_begun(const Job& job);
/// A job that its device had begun is over.
void count_job(Step& step, const Device& device, const wire::Job& record);
void count_busy(Step& step, const Device& device, std::int64_t busy_us);
void count_restart(Step& step, const Device& device);
/// At the end of a step: the states of the devices whose records may have changed.
void note_states(Step& step);
/// What was counted since the last time is written.
void write_statistics(Step& step);

} // namespace rekam::broker
