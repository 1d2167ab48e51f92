// SPDX-License-Identifier: Apache-2.0
// Jobs: accepted once, run one at a time per device, and ended in exactly one outcome (core/model/job.h).
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

/// The next fence, for whatever slot: greater than any given out before, across restarts of the station too, because
/// the durable epoch leads it. So fences need no record of their own.
std::int64_t next_fence(State& s);

// --- requests ---
void capture_start(Step& step, const Asked& asked);
void job_get(Step& step, const Asked& asked);
void job_list(Step& step, const Asked& asked);
void job_cancel(Step& step, const Asked& asked);
void job_extend(Step& step, const Asked& asked);

// --- from the store ---
void restore_job(Step& step, const Record& record);
/// After the last of them.
void jobs_restored(Step& step);
void recorded(Step& step, StoreToken token);
void record_failed(Step& step, const AppendFailed& failed);
void found(Step& step, const Found& found);
/// Keeps no more ended jobs, and no more of their records in memory, than the quotas allow.
void forget_surplus(Step& step);
/// Forgets idempotency records beyond the horizon, and closed cases beyond what is kept; then again every hour.
void purge(Step& step);

// --- ways to stop ---
/// Asks a job to end for `cause`; a job the device was not asked for ends at once. The first cause stays.
void interrupt_job(Step& step, JobNo no, model::EndCause cause);
void interrupt_jobs_of_lease(Step& step, LeaseNo lease, model::EndCause cause);
void interrupt_jobs_of_case(Step& step, const std::string& case_id, model::EndCause cause);
void interrupt_all_jobs(Step& step, model::EndCause cause);
/// Jobs of one slot, when it goes to another device: the running one is interrupted, the waiting ones move along as far
/// as the other device has room for them.
void slot_rebound(Step& step, const Slot& slot, DeviceNo from);
void job_deadline(Step& step, JobNo no);
/// The plugin did not return within its promise after an interrupt: its host is killed.
void job_grace_over(Step& step, JobNo no);
/// The gate died: running jobs go on, nobody waits for their replies any more.
void forget_replies(Step& step);

// --- devices and hosts ---
/// Jobs that run on the device, wait for it, or will as soon as they are recorded.
std::ptrdiff_t jobs_on(const State& s, DeviceNo device);
/// Says the job's state to those who asked for progress; the first word tells them the job's id.
void tell_state(Step& step, const Job& job);
/// Gives the device its next job if it can take one.
void dispatch(Step& step, Device& device);
/// The host died with a job in it.
void job_died(Step& step, Device& device, const model::Error& error);
/// The device cannot be used: those that wait for it end with `error`.
void fail_queue(Step& step, Device& device, const model::Error& error);
/// Ends a job. `error` tells the cause of a failure.
void end_job(Step& step, JobNo no, model::HostEnd end, std::optional<model::Error> error);

/// Messages of a host about a job. An error means that the host broke the grammar: it is killed.
std::optional<model::Error> job_progress(Step& step, Device& device, const wire::Message& message);
std::optional<model::Error> job_frame(Step& step, Device& device, const ChildMessage& received);
std::optional<model::Error> job_final(Step& step, Device& device, const wire::Message& message);

} // namespace rekam::broker
