// SPDX-License-Identifier: Apache-2.0
// Jobs: accepted once, run one at a time per device, and ended in exactly one outcome (core/model/job.h).
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

/// The next fence, for whatever slot: greater than any given out before, across restarts of the station too, because
/// the durable epoch leads it. So fences need no record of their own.
std::int64_t next_fence(State& s);

// --- the way in, shared by all that start a job ---
/// Whether the request begins a new job: its envelope is whole, its key is new and its epoch is this one, looked at in
/// the order that the protocol promises. Else it has its answer, or gets it when the job of the same key ends.
bool begins_job(Step& step, const Asked& asked);
/// What the device has against it; asked only when a device is needed.
std::optional<model::Error> check_device(const Step& step, const Slot& slot, const Asked& asked);
/// A job with everything that all of them have.
Job new_job(Step& step, const Asked& asked, const Slot& slot, const Lease& lease);
/// Keeps it, writes its record, and queues it: at once, or when the record is durable.
void accept(Step& step, Job job, bool record_first);

// --- requests ---
void capture_start(Step& step, const Asked& asked);
void job_get(Step& step, const Asked& asked);
void job_list(Step& step, const Asked& asked);
void job_cancel(Step& step, const Asked& asked);
void job_extend(Step& step, const Asked& asked);
/// card.close of a job that has ended: how.
void answer_about_ended(Step& step, const Asked& asked, const std::string& id);

// --- from the store ---
/// A stored job: "<body hash>\n<record>".
std::optional<wire::Job> read_job(const std::string& body);
std::string job_row(const Job& job);
void restore_job(Step& step, const Record& record);
/// After the last of them.
void jobs_restored(Step& step);
void recorded(Step& step, StoreToken token);
void record_failed(Step& step, const AppendFailed& failed);
void found(Step& step, const Found& found);
/// Its record leaves memory in its turn; one that a person has to settle stays.
void keep_for_a_while(Step& step, const std::string& key, const wire::Job& record);
/// Forgets a job that ended, in memory and in the store.
void forget_job(Step& step, const std::string& key);
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
/// Its id and state, as a progress message says them.
std::string progress_of(const Job& job);
/// Says the job's state to those who asked for progress; the first word tells them the job's id.
void tell_state(Step& step, const Job& job);
/// Makes the job wait for its device, or begins it where it belongs inside another.
void enqueue(Step& step, Job& job);
/// Sends it to the device's host.
void give_to_host(Step& step, Device& device, Job& job);
/// The job that a message is about, if it runs there under this fence. Everything else raced: dropped.
Job* job_of(Step& step, const Device& device, const wire::Prefix& prefix);
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
