// SPDX-License-Identifier: Apache-2.0
#include "core/model/job.h"

#include "core/model/machine.h"

namespace rekam::model {

std::optional<JobPhase> next(JobPhase phase, JobEvent event) {
    using S = JobPhase;
    using E = JobEvent;
    static constexpr Machine<S, E, 9, 9> machine{
        {S::accepted, E::record, S::recording},
        {S::accepted, E::enqueue, S::waiting},
        {S::recording, E::enqueue, S::waiting},
        {S::waiting, E::run, S::running},
        {S::running, E::interrupt, S::interrupting},
        {S::accepted, E::end, S::ended},
        {S::recording, E::end, S::ended},
        {S::waiting, E::end, S::ended},
        {S::running, E::end, S::ended},
        {S::interrupting, E::end, S::ended},
        {S::running, E::commit, S::committing},
        {S::interrupting, E::commit, S::committing},
        {S::committing, E::send, S::sent},
        {S::sent, E::chip, S::chip},
        {S::chip, E::resume, S::sent},
        {S::chip, E::interrupt, S::sent},
        {S::committing, E::end, S::ended},
        {S::sent, E::end, S::ended},
        {S::chip, E::end, S::ended},
    };
    return machine.next(phase, event);
}

JobState outcome(EndCause cause, HostEnd end, bool side_effect) {
    // A side effect whose end nobody saw is unknown, whoever wanted it to stop.
    if (side_effect && (end == HostEnd::died || end == HostEnd::unsure))
        return JobState::unknown;
    if (side_effect && end == HostEnd::done) // the card exists, whoever did not want it any more
        return JobState::done;
    switch (cause) {
    case EndCause::none: return end == HostEnd::done ? JobState::done : JobState::failed;
    case EndCause::cancel: return end == HostEnd::done ? JobState::done : JobState::cancelled;
    case EndCause::deadline: return JobState::timeout;
    case EndCause::refused: return JobState::failed;
    case EndCause::lease_lost:
    case EndCause::case_closed:
    case EndCause::session_ended:
    case EndCause::rebound:
    case EndCause::stopping: return JobState::cancelled;
    }
    return JobState::failed;
}

JobState shown(JobPhase phase) {
    switch (phase) {
    case JobPhase::accepted:
    case JobPhase::recording: return JobState::accepted;
    case JobPhase::waiting:
    case JobPhase::chip: return JobState::waiting;
    case JobPhase::sent: return JobState::sent;
    case JobPhase::running:
    case JobPhase::committing:
    case JobPhase::interrupting: return JobState::running;
    case JobPhase::ended: break;
    }
    return JobState::unknown;
}

} // namespace rekam::model
