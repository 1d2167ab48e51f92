// SPDX-License-Identifier: Apache-2.0
// One card per case; reconciling what nobody saw; reprints with a reason and a second person.
#include "tests/unit/broker/print_desk.h"

namespace rekam::broker {
namespace {

using wire::Type;

class Reprints : public PrintDesk {
  protected:
    Answer reply_to_print(const std::string& idem, const std::string& more = {}) {
        return client.reply(print(idem, more));
    }
    void done(const std::string& idem, const std::string& more = {}) {
        print(idem, more);
        begin();
        host_says(Type::host_final, printed("exit"));
    }
    void lose(const std::string& idem, const std::string& more = {}) {
        print(idem, more);
        begin();
        world.die(world.host_id(cp));
        world.pass_ms(10'000);
        client.ask("lease.renew", R"({"lease":")" + lease + "\"}");
    }
    static std::string again(const std::string& of, const std::string& second = "Rina") {
        return R"(,"reprint":{"of":")" + of + R"(","reason":"scratched","second":")" + second + "\"}";
    }
    Answer reconcile(const std::string& job, const std::string& effect, const std::string& more = {}) {
        return client.ask("job.reconcile", R"({"job":")" + job + R"(","effect":")" + effect +
                                               R"(","by":"Sari","second":"Rina")" + more + "}");
    }
};

TEST_F(Reprints, AreNeededOnceTheCaseHasItsCard) {
    print("k1");
    EXPECT_EQ(reply_to_print("k2").code(), "busy") << "its card is on its way";
    begin();
    host_says(Type::host_final, printed("exit"));
    const auto refused = reply_to_print("k2");
    EXPECT_EQ(refused.code(), "reprint-needed");
    EXPECT_EQ(refused["job"], "J-1-1");
    const auto asked = print("k2", again("J-1-1"));
    const auto job = begin();
    EXPECT_FALSE(job.run.at("params").as_object().contains("reprint")) << "names are no business of a vendor's";
    host_says(Type::host_final, printed("exit"));
    EXPECT_EQ(client.reply(asked)["reprint.of"], "J-1-1");
    EXPECT_EQ(job_of("k2")["job.reprint.second"], "Rina");
    EXPECT_EQ(case_record()["case.cards.1.reprint_of"], "J-1-1");
    EXPECT_EQ(reply_to_print("k3").code(), "reprint-needed");
}

TEST_F(Reprints, AreNotNeededWhereNothingWasMade) {
    print("k1");
    begin();
    host_says(Type::host_final, printed("reject", R"({"code":"jam","message":"stuck","effect":"none"})"));
    done("k2");
    EXPECT_EQ(job_of("k2")["job.outcome"], "done");
    EXPECT_EQ(reply_to_print("k3", again("J-1-1")).code(), "out-of-range") << "that one made no card";
}

TEST_F(Reprints, WaitUntilAnUnknownCardIsReconciled) {
    lose("k1");
    EXPECT_EQ(reply_to_print("k2").code(), "reconcile-first");
    EXPECT_EQ(reply_to_print("k2", again("J-1-1")).code(), "reconcile-first");
    new_visit();
    EXPECT_EQ(reply_to_print("k2", again("J-1-1")).code(), "reconcile-first") << "in another case too";
    EXPECT_EQ(reconcile("J-1-1", "done").code(), "ok");
    done("k2", again("J-1-1"));
    EXPECT_EQ(job_of("k2")["job.outcome"], "done");
}

TEST_F(Reprints, AreNotNeededAfterNoneWasFound) {
    lose("k1");
    EXPECT_EQ(reconcile("J-1-1", "none").code(), "ok");
    EXPECT_EQ(case_record()["case.cards.0.reconciled"], "none");
    done("k2");
    EXPECT_EQ(job_of("k2")["job.outcome"], "done");
}

TEST_F(Reprints, KnowTheirOriginalAfterARestart) {
    done("k1");
    world.station_epoch = 2;
    World next(printer_config(), printer_plugins(), world.stored(), 2);
    next.has_side_effects = true;
    Client later(next, "desk-1", 1000, "", "op-7");
    const auto at = later.open_case("issue");
    const auto lent = later.lease("printer", at);
    const auto ask = [&](const std::string& of) {
        return later.reply(
            later.send("print.start", R"({"slot":"printer","tracks":["1"],"steps":["magnetic"])" + again(of) + "}",
                       R"("deadline_ms":30000,"station_epoch":2,"idem":"z)" + of + R"(","lease":")" + lent + "\""));
    };
    EXPECT_EQ(ask("J-1-9").code(), "unknown-job");
    later.send("print.start", R"({"slot":"printer","tracks":["1"],"steps":["magnetic"])" + again("J-1-1") + "}",
               R"("deadline_ms":30000,"station_epoch":2,"idem":"z1","lease":")" + lent + "\"");
    EXPECT_EQ(next.told(cp, Type::host_run), 1U);
}

// --- reconciling ---

TEST_F(Reprints, ReconcilingLeavesTheOutcomeAndMovesTheBlank) {
    client.ask("cards.load", R"({"slot":"printer","count":10,"by":"Sari"})");
    lose("k1");
    const auto open = client.ask("job.list", R"({"unsettled":true})");
    EXPECT_EQ(open["jobs.0.job"], "J-1-1");
    const auto settled = reconcile("J-1-1", "done", R"(,"reason":"it lay in the tray")");
    EXPECT_EQ(settled["job.outcome"], "unknown");
    EXPECT_EQ(settled["job.reconciled.effect"], "done");
    EXPECT_EQ(settled["job.reconciled.by"], "Sari");
    EXPECT_EQ(settled["job.reconciled.second"], "Rina");
    EXPECT_EQ(settled["job.blank"], "issued");
    const auto hopper = client.ask("cards.get", R"({"slot":"printer"})");
    EXPECT_EQ(hopper["hoppers.0.unknown"], "0");
    EXPECT_EQ(hopper["hoppers.0.issued"], "1");
    EXPECT_EQ(hopper["hoppers.0.left"], "9");
    EXPECT_EQ(client.ask("job.list", R"({"unsettled":true})").size("jobs"), 0U);
    EXPECT_EQ(client.ask("job.list", R"({"unsettled":false})").size("jobs"), 1U);
}

TEST_F(Reprints, ReconcilingTwiceIsTheSameOrAConflict) {
    lose("k1");
    const auto first = reconcile("J-1-1", "none", R"(,"blank":"left")");
    EXPECT_EQ(first["job.blank"], "left");
    EXPECT_EQ(reconcile("J-1-1", "none", R"(,"blank":"left")").text(), first.text());
    EXPECT_EQ(reconcile("J-1-1", "none").code(), "ok");
    EXPECT_EQ(reconcile("J-1-1", "none", R"(,"blank":"spoiled")").code(), "idem-conflict");
    EXPECT_EQ(reconcile("J-1-1", "done").code(), "idem-conflict");
}

TEST_F(Reprints, ReconcilingIsAnybodysWhoMayUseTheStation) {
    lose("k1");
    Client supervisor(world, "console", 2000);
    EXPECT_EQ(supervisor.ask("job.list", R"({"unsettled":true})").size("jobs"), 1U);
    EXPECT_EQ(supervisor.ask("job.list").size("jobs"), 0U);
    EXPECT_EQ(supervisor.ask("job.reconcile", R"({"job":"J-1-1","effect":"done","by":"Sari","second":"Rina"})").code(),
              "ok");
}

TEST_F(Reprints, ReconcilingWorksAfterARestartAndOutOfMemory) {
    lose("k1");
    auto config = printer_config();
    config.quotas.jobs_kept = 1;
    World next(config, printer_plugins(), world.stored(), 2);
    next.has_side_effects = true;
    Client later(next);
    const auto settle = [&](const std::string& effect) {
        return later.ask("job.reconcile",
                         R"({"job":"J-1-1","effect":")" + effect + R"(","by":"Sari","second":"Rina"})");
    };
    EXPECT_EQ(later.ask("job.list", R"({"unsettled":true})").size("jobs"), 1U) << "an open outcome stays in memory";
    EXPECT_EQ(settle("done").code(), "ok");
    World third(config, printer_plugins(), next.stored(), 3);
    third.has_side_effects = true;
    Client last(third, "desk-1");
    last.ask("station.get"); // the harness makes the same case id of the same request's number
    const auto at = last.open_case("test");
    const auto lent = last.lease("printer", at);
    const auto asked = last.send("print.start", R"({"slot":"printer","tracks":["1"],"steps":["magnetic"]})",
                                 R"("deadline_ms":30000,"station_epoch":3,"idem":"z1","lease":")" + lent + "\"");
    ASSERT_TRUE(last.is_open(asked)) << last.reply(asked).text();
    last.ask("job.cancel", R"({"job":"J-3-1"})");
    third.say(
        third.host_id(cp), Type::host_final,
        R"({"frames":0,"printed":{"card_at":"none"},"failure":{"code":"cancelled","message":"x","effect":"none"}})",
        third.running(cp).prefix);
    const auto lookups = third.lookups;
    EXPECT_EQ(last.ask("job.reconcile", R"({"job":"J-1-1","effect":"none","by":"Sari","second":"Rina"})").code(),
              "idem-conflict");
    EXPECT_EQ(third.lookups, lookups + 1);
}

TEST_F(Reprints, ReconcilingThatCannotBeWrittenHasNotHappened) {
    client.ask("cards.load", R"({"slot":"printer","count":10,"by":"Sari"})");
    lose("k1");
    world.store_fails = true;
    EXPECT_EQ(reconcile("J-1-1", "done").code(), "journal-failed");
    world.store_fails = false;
    EXPECT_EQ(client.ask("job.list", R"({"unsettled":true})").size("jobs"), 1U);
    EXPECT_EQ(client.ask("cards.get", R"({"slot":"printer"})")["hoppers.0.unknown"], "1");
    EXPECT_EQ(case_record()["case.cards.0.reconciled"], "-");
    EXPECT_EQ(reconcile("J-1-1", "done").code(), "ok");
}

TEST_F(Reprints, OpenOutcomesAreNotForgotten) {
    lose("k1");
    world.pass_ms(world.state().config.quotas.idem_horizon_ms + 7'200'000);
    Client later(world, "later");
    EXPECT_EQ(later.ask("job.list", R"({"unsettled":true})").size("jobs"), 1U);
    EXPECT_EQ(later.ask("job.reconcile", R"({"job":"J-1-1","effect":"none","by":"Sari","second":"Rina"})").code(),
              "ok");
    world.pass_ms(7'200'000);
    EXPECT_EQ(Client(world, "last").ask("job.get", R"({"job":"J-1-1"})").code(), "unknown-job") << "now it is";
}

TEST_F(Reprints, WhatPersonsFoundStaysWhenTheDeviceSaysOtherwise) {
    auto& device = world.plugins.at("/plugins/cp.so").devices[0];
    print("k1");
    host_says(Type::host_begins, R"({"evidence":{"card_at":"none","counter":4410}})");
    device.silent = true;
    world.die(world.host_id(cp));
    EXPECT_EQ(reconcile("J-1-1", "none").code(), "ok");
    device.silent = false;
    device.evidence.emplace().counter = 4'411;
    world.pass_ms(60'000);
    const auto job = job_of("k1");
    EXPECT_EQ(job["job.evidence_after.counter"], "4411");
    EXPECT_EQ(job["job.reconciled.effect"], "none");
    EXPECT_EQ(job["job.reconciled.by"], "Sari");
}

} // namespace
} // namespace rekam::broker
