// SPDX-License-Identifier: Apache-2.0
// How long a job may take, and how long its plugin may take to end it.
#include "core/broker/children.h"
#include "core/broker/jobs.h"

namespace rekam::broker {

using model::Code;
using model::EndCause;
using model::JobPhase;
using model::make_error;

void job_deadline(Step& step, JobNo no) {
    const auto found = step.s.jobs.find(no);
    if (found == step.s.jobs.end())
        return;
    if (found->second.deadline_us > step.now.mono_us)
        return step.s.timers.arm({Timer::Kind::job_deadline, no}, found->second.deadline_us);
    interrupt_job(step, no, EndCause::deadline);
}

void job_grace_over(Step& step, JobNo no) {
    const auto found = step.s.jobs.find(no);
    if (found == step.s.jobs.end())
        return;
    const Device& device = step.s.devices.at(found->second.device);
    if (found->second.phase != JobPhase::interrupting)
        return kill_child(step, device.host,
                          make_error(Code::broken_promise, "the plugin did not finish with the card in time, its "
                                                           "process was ended"),
                          device.no);
    kill_child(step, device.host,
               make_error(Code::broken_promise, "the plugin did not return within " +
                                                    std::to_string(step.s.config.supervision.interrupt_ms_max) +
                                                    " ms of an interrupt, its process was ended"),
               device.no);
}

} // namespace rekam::broker
