// SPDX-License-Identifier: Apache-2.0
// A print in every state, with everything that can happen there; and what its record says after a crash.
#include "tests/unit/broker/print_desk.h"

namespace rekam::broker {
namespace {

using wire::Type;
using Prints = PrintDesk;

const std::string jam = R"({"code":"jam","message":"a card is stuck in the printer","effect":"none"})";
const std::string silent = R"({"code":"device-error","message":"the printer fell silent","effect":"unknown"})";

TEST_F(Prints, AreRecordedBeforeTheDeviceIsAsked) {
    world.store_answers = false;
    print("k1");
    EXPECT_EQ(world.told(cp, Type::host_run), 0U);
    EXPECT_EQ(job_of("k1")["job.state"], "accepted");
    ASSERT_FALSE(world.held_appends.empty());
    world.store_answers = true;
    for (const auto token : std::exchange(world.held_appends, {}))
        world.step(Durable{token});
    EXPECT_EQ(world.told(cp, Type::host_run), 1U);
}

TEST_F(Prints, AreRefusedWhenTheRecordCannotBeWritten) {
    world.store_fails = true;
    world.store_is_full = true;
    const auto asked = print("k1");
    EXPECT_EQ(client.reply(asked).code(), "disk-full");
    EXPECT_EQ(client.reply(asked)["card_at"], "none");
    EXPECT_EQ(world.told(cp, Type::host_run), 0U);
}

TEST_F(Prints, MayBeginOnlyWhenThatIsDurable) {
    const auto asked = print("k1");
    world.store_answers = false;
    begin();
    EXPECT_EQ(world.told(cp, Type::host_go), 0U);
    EXPECT_EQ(job_of("k1")["job.state"], "running");
    world.store_answers = true;
    for (const auto token : std::exchange(world.held_appends, {}))
        world.step(Durable{token});
    EXPECT_EQ(world.told(cp, Type::host_go), 1U);
    EXPECT_EQ(job_of("k1")["job.state"], "sent");
    host_says(Type::host_final, printed("exit"));
    EXPECT_EQ(client.reply(asked)["card_at"], "exit");
    EXPECT_EQ(case_record()["case.cards.0.outcome"], "done");
}

TEST_F(Prints, AreHeldBackWhenTheSecondRecordFails) {
    const auto asked = print("k1");
    world.store_fails = true;
    const auto host = world.host_id(cp);
    host_says(Type::host_begins, "{}");
    world.store_fails = false;
    EXPECT_EQ(world.told(cp, Type::host_go), 0U);
    EXPECT_TRUE(world.child(host).killed) << "its plugin waits and cannot be told";
    EXPECT_EQ(client.reply(asked).code(), "journal-failed");
    EXPECT_EQ(client.reply(asked)["effect"], "none");
}

TEST_F(Prints, GiveTheirPicturesToTheHostOnce) {
    print("k1");
    const auto job = world.running(cp);
    EXPECT_EQ(job.run.at("print").at("pictures").as_array().size(), 1U);
    EXPECT_EQ(world.host(cp).heard.back().prefix.job, job.prefix.job);
    EXPECT_TRUE(world.state().jobs.begin()->second.print->pictures.empty()) << "and the broker keeps none";
}

TEST_F(Prints, NeedWhatTheirStepsNeed) {
    const auto refused = [&](const std::string& more) { return client.reply(print("k", more)).code(); };
    EXPECT_EQ(refused(R"(,"steps":["chip","print"])"), "bad-request");
    EXPECT_EQ(refused(R"(,"encoder":"encoder")"), "bad-request");
    EXPECT_EQ(refused(R"(,"steps":["magnetic","print"])"), "bad-request");
    EXPECT_EQ(refused(R"(,"steps":["laminate"])"), "bad-request");
    EXPECT_EQ(refused(R"(,"back":{"part":0,"format":"image/png"})"), "bad-request");
    EXPECT_EQ(refused(R"(,"back":{"part":1,"format":"image/png"})"), "out-of-range");
    EXPECT_EQ(refused(R"(,"back":{"frame":"F-1-1"})"), "unknown-frame");
    EXPECT_EQ(refused(R"(,"back":{"frame":"F-1-1","part":0})"), "bad-request");
    EXPECT_EQ(refused(R"(,"steps":["chip","print"],"encoder":"printer")"), "unknown-slot");
    EXPECT_EQ(refused(R"(,"cites":")" + visit + "\""), "bad-request");
    EXPECT_EQ(client.reply(client.send("print.start", R"({"slot":"printer"})", envelope("k"))).code(), "bad-request");
    EXPECT_EQ(client.reply(client.send("print.start", R"({"slot":"encoder"})", envelope("k"))).code(), "out-of-range");
    EXPECT_EQ(world.told(cp, Type::host_run), 0U);
}

TEST_F(Prints, AreTheSameOnlyWithTheSamePictures) {
    const auto first = print("k1");
    begin();
    const auto again = print("k1");
    EXPECT_EQ(client.reply(print("k1", {}, "sha256:bb")).code(), "idem-conflict");
    host_says(Type::host_final, printed("exit"));
    EXPECT_EQ(client.reply(first).text(), client.reply(again).text());
    EXPECT_EQ(client.reply(print("k1")).text(), client.reply(first).text());
    EXPECT_EQ(world.told(cp, Type::host_run), 1U);
}

TEST_F(Prints, ThatWereNotAnnouncedEndTheirHost) {
    const auto asked = print("k1");
    const auto host = world.host_id(cp);
    host_says(Type::host_final, printed("exit"));
    EXPECT_TRUE(world.child(host).killed);
    EXPECT_FALSE(client.reply(asked).ok);
}

TEST_F(Prints, OverTheTimeThatTheyMayTakeAreUnknown) {
    const auto asked = print("k1");
    const auto host = world.host_id(cp);
    begin();
    world.pass_ms(60'000); // beyond its deadline
    EXPECT_TRUE(client.is_open(asked));
    client.ask("lease.renew", R"({"lease":")" + lease + "\"}");
    world.pass_ms(world.state().config.supervision.print_ms_max);
    EXPECT_TRUE(world.child(host).killed);
    EXPECT_EQ(job_of("k1")["job.outcome"], "unknown");
}

// --- every state x every cause x every end ---

struct Moment {
    const char* state;
    bool begun;
};
constexpr Moment moments[] = {{"waiting", false}, {"running", false}, {"sent", true}, {"chip", true}};
constexpr const char* causes[] = {"none", "cancel", "lease", "case", "station stops"};
constexpr const char* ends[] = {"done", "failed", "unsure", "died"};

class EveryPrint : public PrintDesk,
                   public ::testing::WithParamInterface<std::tuple<Moment, const char*, const char*>> {
  protected:
    void bring_to(const std::string& state) {
        if (state == "waiting")
            world.store_answers = false;
        asked = state == "chip" ? print_with_chip("k1") : print("k1");
        if (state == "waiting")
            return;
        job = world.running(cp);
        if (state == "sent" || state == "chip")
            begin();
        if (state == "chip")
            host_says(Type::host_chip);
    }
    void interrupt(const std::string& cause) {
        if (cause == "cancel")
            client.ask("job.cancel", R"({"job":"J-1-1"})");
        if (cause == "lease")
            client.ask("lease.release", R"({"lease":")" + lease + "\"}");
        if (cause == "case")
            client.send("case.close", R"({"case":")" + visit + "\"}");
        if (cause == "station stops")
            world.step(Stop{});
    }
    void end(const std::string& how) {
        if (how == "died")
            return world.die(world.host_id(cp));
        host_says(job, Type::host_final,
                  printed(how == "done" ? "exit" : "reject", how == "done"     ? ""
                                                             : how == "failed" ? jam
                                                                               : silent));
    }

    std::uint64_t asked = 0;
    World::Running job;
};

TEST_P(EveryPrint, EndsAsTheTableSays) {
    const auto [moment, cause, how] = GetParam();
    const std::string state = moment.state, why = cause, last = how;
    bring_to(state);
    interrupt(why);
    if (state == "waiting") { // no device was asked: it ends at once, or is asked when its record is durable
        EXPECT_EQ(client.is_open(asked), why == "none");
        world.store_answers = true;
        for (const auto token : std::exchange(world.held_appends, {}))
            world.step(Durable{token});
        EXPECT_EQ(world.told(cp, Type::host_run), why == "none" ? 1U : 0U);
        return;
    }
    ASSERT_TRUE(client.is_open(asked));
    const bool can_be_told = state == "running" || state == "chip";
    EXPECT_EQ(world.told(cp, Type::host_interrupt), can_be_told && why != "none" ? 1U : 0U)
        << "a card that has begun is finished";
    if (!moment.begun && last == "done")
        return; // it would have made a card that it did not announce: ThatWereNotAnnouncedEndTheirHost
    end(last);
    const auto reply = client.reply(asked);
    const bool wanted_to_end = why != "none" && can_be_told;
    const bool unknown = last == "unsure" || (last == "died" && moment.begun);
    const std::string reported = last == "done" ? "exit" : "reject";
    const std::string outcome = last == "done" ? "done" : unknown ? "unknown" : wanted_to_end ? "cancelled" : "failed";
    const auto effect = outcome == "done" ? "done" : unknown ? "unknown" : "none";
    EXPECT_EQ(reply["effect"], effect);
    const std::string place = last == "died"            ? (moment.begun ? "unknown" : "none")
                              : moment.begun || unknown ? reported
                                                        : "none";
    EXPECT_EQ(reply["card_at"], place);
    if (why == "station stops") // it has: nobody can be asked any more
        return;
    EXPECT_EQ(job_of("k1")["job.outcome"], outcome) << reply.text();
    EXPECT_EQ(case_record()["case.cards.0.outcome"], outcome);
}

INSTANTIATE_TEST_SUITE_P(Table, EveryPrint,
                         ::testing::Combine(::testing::ValuesIn(moments), ::testing::ValuesIn(causes),
                                            ::testing::ValuesIn(ends)));

// --- a crash of the station at every step ---

struct Crash {
    const char* state;
    const char *outcome, *effect;
};

TEST_F(Prints, AfterACrashOfTheStationAreNoneOrUnknownAndNeverSentAgain) {
    std::map<std::string, std::vector<Record>> disks;
    print("k1");
    disks["running"] = world.stored();
    begin();
    disks["sent"] = world.stored();
    host_says(Type::host_final, printed("exit"));
    disks["ended"] = world.stored();
    for (const auto& [state, outcome, effect] :
         {Crash{"running", "failed", "none"}, Crash{"sent", "unknown", "unknown"}, Crash{"ended", "done", "done"}}) {
        World next(printer_config(), printer_plugins(), disks[state], 2);
        next.has_side_effects = true;
        Client later(next);
        const auto job = later.ask("job.get", R"({"idem":"k1"})");
        EXPECT_EQ(job["job.outcome"], outcome) << state;
        EXPECT_EQ(job["job.effect"], effect) << state;
        EXPECT_EQ(later.ask("case.get", R"({"case":")" + visit + "\"}")["case.cards.0.outcome"], outcome) << state;
        EXPECT_EQ(next.told(cp, Type::host_run), 0U);
    }
}

TEST_F(Prints, AreSettledByWhatTheDeviceRemembers) {
    struct Row {
        std::int64_t after;
        const char *steps, *effect;
    };
    for (const auto& [after, steps, effect] : {Row{4'411, "", "done"}, Row{4'410, "", "none"}, Row{4'413, "", "-"},
                                               Row{4'410, R"(,"steps":["magnetic","print"],"tracks":["1"])", "-"}}) {
        new_visit();
        const std::string idem = "k" + std::to_string(after) + std::to_string(std::string(steps).size());
        print(idem, steps);
        host_says(Type::host_begins, R"({"evidence":{"card_at":"none","counter":4410}})");
        world.plugins.at("/plugins/cp.so").devices[0].evidence.emplace().counter = after;
        world.die(world.host_id(cp));
        world.pass_ms(10'000); // its back-off
        const auto job = job_of(idem);
        EXPECT_EQ(job["job.outcome"], "unknown") << "which stays";
        EXPECT_EQ(job["job.evidence_after.counter"], std::to_string(after));
        EXPECT_EQ(job["job.reconciled.effect"], effect) << after << steps;
    }
}

} // namespace
} // namespace rekam::broker
