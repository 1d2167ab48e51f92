// SPDX-License-Identifier: Apache-2.0
// Every state x every event of every machine, against the rows written out here once more, by hand.
#include "core/model/child.h"
#include "core/model/device.h"
#include "core/model/job.h"
#include "core/model/standing.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace rekam::model {
namespace {

/// "state event" -> state; what is not listed must be impossible.
using Rows = std::map<std::string, std::string>;

template <class S, class E> void check(const Rows& expected) {
    std::size_t listed = 0;
    for (std::size_t s = 0; s < Names<S>::values.size(); ++s)
        for (std::size_t e = 0; e < Names<E>::values.size(); ++e) {
            const auto from = static_cast<S>(s);
            const auto event = static_cast<E>(e);
            const std::string key = std::string(name(from)) + " " + std::string(name(event));
            const auto to = next(from, event);
            const auto row = expected.find(key);
            ASSERT_EQ(to.has_value(), row != expected.end()) << key;
            if (to) {
                EXPECT_EQ(name(*to), row->second) << key;
                ++listed;
            }
        }
    EXPECT_EQ(listed, expected.size()) << "a row names no state or event";
}

TEST(Machines, Child) {
    check<ChildState, ChildEvent>({{"starting hello", "up"},
                                   {"starting spawn-failed", "gone"},
                                   {"starting kill", "ending"},
                                   {"starting exited", "leaving"},
                                   {"up kill", "ending"},
                                   {"up exited", "leaving"},
                                   {"ending exited", "leaving"},
                                   {"ending stuck", "stuck"},
                                   {"leaving gone", "gone"},
                                   {"leaving stuck", "stuck"},
                                   {"stuck exited", "leaving"},
                                   {"stuck gone", "gone"}});
}

TEST(Machines, Job) {
    check<JobPhase, JobEvent>({{"accepted record", "recording"},
                               {"accepted enqueue", "waiting"},
                               {"recording enqueue", "waiting"},
                               {"waiting run", "running"},
                               {"running interrupt", "interrupting"},
                               {"accepted end", "ended"},
                               {"recording end", "ended"},
                               {"waiting end", "ended"},
                               {"running end", "ended"},
                               {"interrupting end", "ended"},
                               {"running commit", "committing"},
                               {"interrupting commit", "committing"},
                               {"committing send", "sent"},
                               {"committing end", "ended"},
                               {"sent chip", "chip"},
                               {"sent end", "ended"},
                               {"chip resume", "sent"},
                               {"chip interrupt", "sent"},
                               {"chip end", "ended"}});
}

TEST(Machines, Device) {
    Rows rows{{"absent listed", "closed"},
              {"absent open", "starting"},
              {"closed unlisted", "absent"},
              {"closed open", "starting"},
              {"down open", "starting"},
              {"down unlisted", "absent"},
              {"starting ready", "ready"},
              {"ready begin", "busy"},
              {"degraded begin", "busy"},
              {"busy end", "ready"},
              {"ready degrade", "degraded"},
              {"busy degrade", "busy"},
              {"degraded degrade", "degraded"},
              {"degraded recover", "ready"},
              {"ready recover", "ready"},
              {"busy recover", "busy"},
              {"down quarantine", "quarantined"},
              {"quarantined clear", "down"},
              {"stuck clear", "down"}};
    for (const auto* state : {"closed", "starting", "ready", "busy", "degraded", "down", "quarantined", "stuck"})
        rows[std::string(state) + " listed"] = state;
    for (const auto* state : {"starting", "ready", "busy", "degraded", "down"}) {
        rows[std::string(state) + " fail"] = "down";
        rows[std::string(state) + " stick"] = "stuck";
        rows[std::string(state) + " close"] = "closed";
    }
    rows["quarantined close"] = "closed";
    check<DeviceState, DeviceEvent>(rows);
}

TEST(Machines, Plugin) {
    check<PluginState, PluginEvent>({{"starting ready", "ready"},
                                     {"ready ready", "ready"},
                                     {"down ready", "ready"},
                                     {"starting fail", "down"},
                                     {"ready fail", "down"},
                                     {"down fail", "down"},
                                     {"down quarantine", "quarantined"},
                                     {"quarantined clear", "starting"}});
}

TEST(Machines, Session) {
    check<SessionState, SessionEvent>({{"attached attach", "attached"},
                                       {"attached detach", "detached"},
                                       {"attached end", "ended"},
                                       {"detached attach", "attached"},
                                       {"detached detach", "detached"},
                                       {"detached end", "ended"}});
}

TEST(Machines, Lease) {
    check<LeaseState, LeaseEvent>(
        {{"waiting grant", "held"}, {"waiting end", "ended"}, {"held renew", "held"}, {"held end", "ended"}});
}

TEST(Machines, Case) { check<CasePhase, CaseEvent>({{"open close", "closing"}, {"closing closed", "closed"}}); }

TEST(Machines, Slot) {
    check<SlotState, SlotEvent>({{"unbound bind", "bound"}, {"bound bind", "bound"}, {"bound unbind", "unbound"}});
}

} // namespace
} // namespace rekam::model
