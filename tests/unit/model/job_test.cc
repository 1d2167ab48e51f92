// SPDX-License-Identifier: Apache-2.0
#include "core/model/job.h"

#include <gtest/gtest.h>

namespace rekam::model {
namespace {

using enum EndCause;
using O = JobState;

struct Row {
    EndCause cause;
    O done, failed, died;
};

// The table of core/model/job.h once more.
constexpr Row races[] = {
    {none, O::done, O::failed, O::failed},
    {cancel, O::done, O::cancelled, O::cancelled},
    {deadline, O::timeout, O::timeout, O::timeout},
    {lease_lost, O::cancelled, O::cancelled, O::cancelled},
    {case_closed, O::cancelled, O::cancelled, O::cancelled},
    {session_ended, O::cancelled, O::cancelled, O::cancelled},
    {rebound, O::cancelled, O::cancelled, O::cancelled},
    {stopping, O::cancelled, O::cancelled, O::cancelled},
    {refused, O::failed, O::failed, O::failed},
};

TEST(JobOutcome, IsTheOneOfTheTable) {
    static_assert(std::size(races) == Names<EndCause>::values.size());
    for (const auto& row : races) {
        EXPECT_EQ(outcome(row.cause, HostEnd::done, false), row.done) << name(row.cause);
        EXPECT_EQ(outcome(row.cause, HostEnd::failed, false), row.failed) << name(row.cause);
        EXPECT_EQ(outcome(row.cause, HostEnd::died, false), row.died) << name(row.cause);
    }
}

TEST(JobOutcome, OfASideEffectThatNobodySawEndIsUnknown) {
    for (const auto& row : races) {
        EXPECT_EQ(outcome(row.cause, HostEnd::died, true), O::unknown) << name(row.cause);
        EXPECT_EQ(outcome(row.cause, HostEnd::unsure, true), O::unknown) << name(row.cause);
        EXPECT_EQ(outcome(row.cause, HostEnd::done, true), O::done) << name(row.cause);
        EXPECT_EQ(outcome(row.cause, HostEnd::failed, true), row.failed) << name(row.cause);
    }
}

TEST(JobOutcome, IsAlwaysAnOutcome) {
    for (std::size_t cause = 0; cause < Names<EndCause>::values.size(); ++cause)
        for (const auto end : {HostEnd::done, HostEnd::failed, HostEnd::died, HostEnd::unsure})
            for (const bool side_effect : {false, true})
                EXPECT_TRUE(is_outcome(outcome(static_cast<EndCause>(cause), end, side_effect)));
}

} // namespace
} // namespace rekam::model
