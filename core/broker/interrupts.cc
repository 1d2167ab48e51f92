// SPDX-License-Identifier: Apache-2.0
// Several jobs at once are asked to end: those of a lease, of a case, all.
#include "core/broker/jobs.h"

namespace rekam::broker {

using model::EndCause;

namespace {

template <class Pred> void interrupt_if(Step& step, EndCause cause, Pred matches) {
    std::vector<JobNo> numbers;
    for (const auto& [no, job] : step.s.jobs)
        if (matches(job))
            numbers.push_back(no);
    for (const auto no : numbers)
        interrupt_job(step, no, cause);
}

} // namespace

void interrupt_jobs_of_lease(Step& step, LeaseNo lease, EndCause cause) {
    interrupt_if(step, cause, [&](const Job& job) { return job.lease == lease; });
}

void interrupt_jobs_of_case(Step& step, const std::string& case_id, EndCause cause) {
    interrupt_if(step, cause, [&](const Job& job) { return job.record.case_ == case_id; });
}

void interrupt_all_jobs(Step& step, EndCause cause) {
    interrupt_if(step, cause, [](const Job&) { return true; });
}

} // namespace rekam::broker
