// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/invariants.h"
#include "tests/sim/station.h"

#include <algorithm>

namespace rekam::sim {

using broker::State;
using model::JobPhase;

namespace {

bool has_begun(const broker::Job& job) {
    return job.phase == JobPhase::committing || job.phase == JobPhase::sent || job.phase == JobPhase::chip;
}

bool is_at_device(const broker::Job& job) {
    return job.phase == JobPhase::running || job.phase == JobPhase::interrupting || has_begun(job);
}

} // namespace

/// A waiting job stands in exactly one queue, that of the device of its slot; a running one is what its device runs.
void StateChecker::jobs_are_where_they_say(const State& state) {
    std::map<broker::JobNo, int> queued;
    for (const auto& [no, device] : state.devices) {
        for (const auto job : device.queue) {
            ++queued[job];
            require(state.jobs.contains(job) && state.jobs.at(job).device == no, "jobs_are_where_they_say",
                    device.id + " queues job " + std::to_string(job));
        }
        if (device.running == 0)
            continue;
        const auto job = state.jobs.find(device.running);
        require(job != state.jobs.end() && job->second.device == no && is_at_device(job->second),
                "jobs_are_where_they_say", device.id + " runs job " + std::to_string(device.running));
    }
    for (const auto& [no, job] : state.jobs) {
        const std::string& id = job.record.job;
        const bool waits = job.phase == JobPhase::waiting;
        require((queued.contains(no) ? queued.at(no) : 0) == (waits ? 1 : 0), "jobs_are_where_they_say",
                id + " is " + std::string(model::name(job.phase)) + " and queued otherwise");
        const bool inside = job.card && job.card->print != 0; // it runs in the call of its print
        if (is_at_device(job))
            require(state.devices.contains(job.device) &&
                        state.devices.at(job.device).running == (inside ? job.card->print : no),
                    "jobs_are_where_they_say", id + " runs where it does not");
        require(job.phase != JobPhase::accepted && job.phase != JobPhase::ended, "jobs_are_where_they_say", id);
        require(job.phase == JobPhase::interrupting || has_begun(job) ||
                    state.slots.at(job.record.slot).device == job.device,
                "jobs_are_where_they_say", id + " stays on a device that its slot has left");
    }
}

/// A job whose lease ended, or that has a cause to end, is being interrupted.
void StateChecker::jobs_without_lease_are_being_ended(const State& state) {
    for (const auto& [no, job] : state.jobs) {
        const auto lease = state.leases.find(job.lease);
        const bool holds = lease != state.leases.end() && lease->second.state == model::LeaseState::held &&
                           lease->second.session == job.session && lease->second.case_ == job.record.case_;
        // A card that has begun is finished without one; at the chip station it waits for nobody.
        const bool finishing = job.phase == JobPhase::committing || job.phase == JobPhase::sent;
        require(holds || finishing || job.phase == JobPhase::interrupting, "jobs_without_lease_are_being_ended",
                job.record.job);
        require(finishing || (job.cause != model::EndCause::none) == (job.phase == JobPhase::interrupting),
                "jobs_without_lease_are_being_ended", job.record.job + " has a cause to end and does not");
        require(holds || finishing || job.cause != model::EndCause::cancel, "jobs_without_lease_are_being_ended",
                job.record.job + " could still deliver to a lease that is over");
    }
}

/// principal + idem leads to the open job and back, and to no ended one.
void StateChecker::keys_name_open_jobs(const State& state) {
    require(state.open_keys.size() == state.jobs.size(), "keys_name_open_jobs", "their numbers differ");
    for (const auto& [key, no] : state.open_keys) {
        const auto job = state.jobs.find(no);
        require(job != state.jobs.end() && key == job->second.principal + "\n" + job->second.record.idem,
                "keys_name_open_jobs", "job " + std::to_string(no));
        require(!state.ended.contains(key), "keys_name_open_jobs",
                "an ended job has the key of job " + std::to_string(no));
    }
    require(state.ended.size() == state.ended_ids.size(), "keys_name_open_jobs", "ended jobs and their ids");
}

/// deadline + what a plugin promises after an interrupt + what the kernel may take for a kill.
void StateChecker::jobs_end_by_their_deadline(const State& state, const Now& now) {
    const std::int64_t slack_us = state.config.supervision.interrupt_ms_max * us_per_ms + kill_limit_us + us_per_s / 2;
    for (const auto& [no, job] : state.jobs)
        require(job.deadline_us == never_us || now.mono_us <= job.deadline_us + slack_us, "jobs_end_by_their_deadline",
                job.record.job + " is " + std::to_string((now.mono_us - job.deadline_us) / 1000) + " ms late, " +
                    std::string(model::name(job.phase)));
}

/// A frame is its job's session's, and every byte of it is charged to that session.
void StateChecker::frames_belong_to_their_session(const State& state) {
    std::map<broker::SessionNo, std::int64_t> bytes;
    for (const auto& [no, frame] : state.frames)
        bytes[frame.session] += frame.record.bytes;
    for (const auto& [job, kept] : state.readings) {
        bytes[kept.session] += kept.bytes;
        require(state.ended_ids.contains(job), "readings_belong_to_jobs_that_are_done", job);
    }
    for (const auto& [no, session] : state.sessions) {
        require(session.unread_bytes == bytes[no], "frames_belong_to_their_session",
                "session " + std::to_string(no) + " is charged " + std::to_string(session.unread_bytes) + ", has " +
                    std::to_string(bytes[no]));
        require(session.unread_bytes <= state.config.limits.unread_frame_bytes, "queues_are_bounded",
                "unread frames of session " + std::to_string(no));
    }
    for (const auto& [no, job] : state.jobs)
        for (const auto number : job.frames)
            if (const auto frame = state.frames.find(number); frame != state.frames.end())
                require(frame->second.session == job.session && frame->second.record.case_ == job.record.case_ &&
                            frame->second.record.job == job.record.job &&
                            frame->second.record.exposure.mono_us >= job.accepted_us,
                        "frames_belong_to_their_session", frame->second.record.frame);
}

/// Frames of jobs that ended cancelled, timed out or refused are gone: nobody can read them.
void StateChecker::frames_belong_to_jobs_that_may_keep_them(const State& state) {
    for (const auto& [no, frame] : state.frames) {
        const auto ended = state.ended_ids.find(frame.record.job);
        if (ended == state.ended_ids.end())
            continue;
        const auto& record = state.ended.at(ended->second).record;
        if (!record)
            continue;
        const bool may = record->outcome == model::JobState::done || record->outcome == model::JobState::failed;
        require(may, "frames_belong_to_jobs_that_may_keep_them", frame.record.frame + " of " + record->job);
    }
}

/// rekamd holds one descriptor for each frame, and no other.
void StateChecker::descriptors_are_those_of_frames(const State& state, const std::set<wire::Descriptor>& descriptors) {
    std::set<wire::Descriptor> frames;
    for (const auto& [no, frame] : state.frames)
        frames.insert(frame.descriptor);
    for (const auto& [no, job] : state.jobs) // and one for each picture that has not gone to its printer
        if (job.print)
            for (const auto& picture : job.print->pictures)
                if (picture.descriptor >= 0)
                    frames.insert(picture.descriptor);
    for (const auto& [no, preview] : state.previews)
        frames.insert(preview.buffers.begin(), preview.buffers.end());
    for (const auto& [no, preview] : state.previews) // and one that waits until the gate has the one before
        if (preview.waiting)
            frames.insert(preview.waiting->descriptor);
    require(frames == descriptors, "descriptors_closed_exactly_once",
            "rekamd holds " + std::to_string(descriptors.size()) + " descriptors for " + std::to_string(frames.size()) +
                " frames");
    for (const auto& message : state.gate.waiting)
        for (const auto descriptor : message.descriptors)
            require(descriptors.contains(descriptor), "descriptors_closed_exactly_once",
                    "a waiting reply has a descriptor that is closed");
}

} // namespace rekam::sim
