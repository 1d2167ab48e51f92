// SPDX-License-Identifier: Apache-2.0
// Every state of the loop x every event: where it leads, and that nothing is lost on the way.
#include "tests/unit/host/loop_harness.h"

#include <functional>
#include <map>

namespace rekam::host {
namespace {

using wire::Type;

struct Situation {
    const char* name;
    std::function<void(Harness&)> reach;
    LoopState state;
};

void to_waiting(Harness& h) { h.step(Started{}); }
void to_opening(Harness& h) {
    to_waiting(h);
    h.start();
}
void to_idle(Harness& h) { h.to_open(); }
void to_running(Harness& h) {
    h.to_open();
    h.run(5);
}
void to_interrupted(Harness& h) {
    to_running(h);
    h.interrupt(5);
}
void to_checking(Harness& h) {
    h.to_open();
    h.check();
}
void to_showing(Harness& h) {
    h.to_open();
    h.receive(Type::host_identify, wire::encode(wire::HostIdentify{5'000}), 3, 0);
}
void to_reading(Harness& h) {
    h.to_open();
    h.step(Changed{.capabilities = true});
}
void stop(Harness& h) { h.receive(Type::host_stop); }

const std::vector<Situation>& situations() {
    static const std::vector<Situation> all{
        {"fresh", [](Harness&) {}, LoopState::fresh},
        {"waiting", to_waiting, LoopState::waiting},
        {"opening", to_opening, LoopState::opening},
        {"idle", to_idle, LoopState::open},
        {"running", to_running, LoopState::open},
        {"interrupted", to_interrupted, LoopState::open},
        {"checking", to_checking, LoopState::open},
        {"showing", to_showing, LoopState::open},
        {"reading", to_reading, LoopState::open},
        {"draining", [](Harness& h) { to_running(h), stop(h); }, LoopState::closing},
        {"leaving-open", [](Harness& h) { to_opening(h), stop(h); }, LoopState::closing},
        {"closing", [](Harness& h) { to_idle(h), stop(h); }, LoopState::closing},
        {"ended", [](Harness& h) { to_waiting(h), stop(h); }, LoopState::ended},
    };
    return all;
}

struct Stimulus {
    const char* name;
    std::function<void(Harness&)> give;
    /// Where it leads, by situation; what is not listed stays where it was.
    std::map<std::string, LoopState> leads;
};

const std::map<std::string, LoopState> all_end{
    {"fresh", LoopState::ended},    {"waiting", LoopState::ended},      {"opening", LoopState::ended},
    {"idle", LoopState::ended},     {"running", LoopState::ended},      {"interrupted", LoopState::ended},
    {"checking", LoopState::ended}, {"showing", LoopState::ended},      {"reading", LoopState::ended},
    {"draining", LoopState::ended}, {"leaving-open", LoopState::ended}, {"closing", LoopState::ended}};
const std::map<std::string, LoopState> all_leave{
    {"fresh", LoopState::ended},      {"waiting", LoopState::ended},   {"opening", LoopState::closing},
    {"idle", LoopState::closing},     {"running", LoopState::closing}, {"interrupted", LoopState::closing},
    {"checking", LoopState::closing}, {"showing", LoopState::closing}, {"reading", LoopState::closing}};

std::map<std::string, LoopState> ends_except(const std::string& exception, LoopState to) {
    auto leads = all_end;
    leads[exception] = to;
    return leads;
}

const std::vector<Stimulus>& stimuli() {
    static const std::vector<Stimulus> all{
        {"Started", [](Harness& h) { h.step(Started{}); }, {{"fresh", LoopState::waiting}}},
        {"host_start", [](Harness& h) { h.start(); }, ends_except("waiting", LoopState::opening)},
        {"host_run", [](Harness& h) { h.run(6); }, {}},
        {"host_interrupt", [](Harness& h) { h.interrupt(5); }, {}},
        {"host_check", [](Harness& h) { h.check(); }, {}},
        {"host_identify",
         [](Harness& h) { h.receive(Type::host_identify, wire::encode(wire::HostIdentify{5'000}), 3, 0); },
         {}},
        {"host_taken", [](Harness& h) { h.taken(1); }, all_end},
        {"host_ping", [](Harness& h) { h.receive(Type::host_ping); }, {}},
        {"host_stop", [](Harness& h) { h.receive(Type::host_stop); }, all_leave},
        {"gate_ping", [](Harness& h) { h.receive(Type::gate_ping); }, all_end},
        {"Detached", [](Harness& h) { h.step(Detached{}); }, all_leave},
        {"Opened", [](Harness& h) { h.opened(); }, {{"opening", LoopState::open}}},
        {"OpenFailed",
         [](Harness& h) { h.step(OpenFailed{}); },
         {{"opening", LoopState::ended}, {"leaving-open", LoopState::ended}}},
        {"Progressed",
         [](Harness& h) {
             h.step(Progressed{5, {}});
         },
         {}},
        {"Framed", [](Harness& h) { h.frame(5, 30); }, {}},
        {"RunEnded", [](Harness& h) { h.ended(5, model::Code::jam); }, {}},
        {"Checked",
         [](Harness& h) {
             h.step(Checked{(CallId{1} << 63) | 1, {}});
         },
         {}},
        {"Identified",
         [](Harness& h) {
             h.step(Identified{{{"light"}, std::nullopt}});
         },
         {}},
        {"CapabilitiesRead", [](Harness& h) { h.step(CapabilitiesRead{}); }, {}},
        {"Closed", [](Harness& h) { h.step(Closed{}); }, {{"closing", LoopState::ended}}},
        {"Changed",
         [](Harness& h) {
             h.step(Changed{true, true});
         },
         {}},
        {"Tick", [](Harness& h) { h.step(Tick{}); }, {}},
        {"Tick, an hour later",
         [](Harness& h) { h.pass_ms(3'600'000); },
         {{"opening", LoopState::ended},
          {"interrupted", LoopState::ended},
          {"showing", LoopState::ended},
          {"reading", LoopState::ended},
          {"draining", LoopState::ended},
          {"leaving-open", LoopState::ended},
          {"closing", LoopState::ended}}},
    };
    return all;
}

int descriptors_in(const Effects& effects) {
    int count = 0;
    for (const Effect& effect : effects) {
        if (const auto* send = std::get_if<Send>(&effect))
            count += static_cast<int>(send->message.descriptors.size());
        count += std::holds_alternative<Release>(effect);
    }
    return count;
}

TEST(LoopMatrix, EveryStateTimesEveryEvent) {
    for (const Situation& situation : situations())
        for (const Stimulus& stimulus : stimuli()) {
            SCOPED_TRACE(std::string(situation.name) + " x " + stimulus.name);
            Harness h;
            situation.reach(h);
            ASSERT_EQ(h.loop.state(), situation.state);
            stimulus.give(h);
            const auto lead = stimulus.leads.find(situation.name);
            EXPECT_EQ(h.loop.state(), lead == stimulus.leads.end() ? situation.state : lead->second);
            EXPECT_EQ(h.has<Exit>(), h.loop.state() == LoopState::ended && situation.state != LoopState::ended);
            if (std::string(stimulus.name) == "Framed") {
                EXPECT_EQ(descriptors_in(h.effects), 1) << "a descriptor is passed on or given back, once";
            }
            if (std::string(stimulus.name) == "host_run" && situation.state != LoopState::ended) {
                const bool accepted = h.loop.has_job() && h.sent(Type::host_final).empty();
                EXPECT_TRUE(accepted || h.sent(Type::host_final).size() == 1u) << "every job is run or answered";
            }
            if (std::string(stimulus.name) == "host_identify" && situation.state != LoopState::ended) {
                EXPECT_LE(h.sent(Type::host_identified).size() + h.all<Identify>().size(), 1u)
                    << "one answer, or a call";
            }
            if (std::string(stimulus.name) == "host_ping" && situation.state != LoopState::ended) {
                EXPECT_EQ(h.sent(Type::host_pong).size(), 1u);
            }
        }
}

// However a job is brought to an end, exactly one final leaves for it.
TEST(LoopMatrix, EveryJobHasOneFinal) {
    for (const Stimulus& first : stimuli())
        for (const Stimulus& second : stimuli()) {
            SCOPED_TRACE(std::string(first.name) + ", then " + second.name);
            Harness h;
            h.to_open();
            h.run(5);
            std::size_t finals = 0;
            bool detached = false, protocol = false;
            const auto watch = [&] {
                for (const wire::Message& message : h.sent(Type::host_final))
                    finals += message.prefix.job == 5;
                protocol = protocol || h.exit_code() == exit_protocol;
            };
            for (const Stimulus* one : {&first, &second}) {
                one->give(h);
                detached = detached || std::string(one->name) == "Detached";
                watch();
            }
            h.ended(5, model::Code::jam);
            watch();
            if (!detached && !protocol)
                EXPECT_EQ(finals, 1u);
            else
                EXPECT_LE(finals, 1u);
        }
}

} // namespace
} // namespace rekam::host
