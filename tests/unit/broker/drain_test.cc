// SPDX-License-Identifier: Apache-2.0
// Draining by a person and by the battery; readings that a slot requires before a card moves.
#include "tests/unit/broker/print_desk.h"

namespace rekam::broker {
namespace {

using wire::Type;

class Drains : public PrintDesk {
  protected:
    Answer drain(bool on, const std::string& more = R"(,"reason":"end of the day")") {
        return client.ask("station.drain", R"({"on":)" + std::string(on ? "true" : "false") + R"(,"by":"Sari")" +
                                               (on ? more : "") + "}");
    }
    Answer station() { return client.ask("station.get"); }
};

TEST_F(Drains, RefuseNewCardsAndFinishTheOneThatRuns) {
    const auto running = at_chip("k1");
    const auto told = drain(true);
    EXPECT_EQ(told["drain.cause"], "person");
    EXPECT_EQ(told["side_effects"], "1");
    EXPECT_EQ(client.reply(print("k2")).code(), "draining");
    open_card("c1"); // at the chip of the card that runs
    host_says(Type::host_card, R"({"atr":"3b00"})");
    client.send("card.close", R"({"job":"J-1-2"})");
    host_says(Type::host_final, R"({"frames":0})");
    host_says(running, Type::host_final, printed("exit"));
    EXPECT_EQ(job_of("k1")["job.outcome"], "done");
    EXPECT_EQ(station()["side_effects"], "0");
    EXPECT_EQ(drain(false)["drain"], "-");
    EXPECT_EQ(station()["drain"], "-");
}

TEST_F(Drains, EndWhatNoDeviceWasAskedFor) {
    world.store_answers = false;
    const auto asked = print("k1");
    client.send("station.drain", R"({"on":true,"by":"Sari","reason":"power cut"})");
    EXPECT_EQ(client.reply(asked).code(), "draining");
    world.store_answers = true;
    for (const auto token : std::exchange(world.held_appends, {}))
        world.step(Durable{token});
    EXPECT_EQ(world.told(cp, Type::host_run), 0U);
}

TEST_F(Drains, LetCardsBeReadAndNotWritten) {
    drain(true);
    EXPECT_EQ(client.reply(open_card("c2")).code(), "draining");
    open_card("c1", "read");
    EXPECT_EQ(world.told(cp, Type::host_run), 1U);
}

TEST_F(Drains, AreShownAndOutliveARestart) {
    world.events("station");
    drain(true);
    EXPECT_EQ(world.events("station").back()["drain.reason"], "end of the day");
    EXPECT_EQ(station()["state"], "degraded");
    World next(printer_config(), printer_plugins(), world.stored(), 2);
    Client later(next);
    EXPECT_EQ(later.ask("station.get")["drain.by"], "Sari");
    later.ask("station.drain", R"({"on":false,"by":"Sari"})");
    World third(printer_config(), printer_plugins(), next.stored(), 3);
    EXPECT_EQ(Client(third).ask("station.get")["drain"], "-");
}

TEST_F(Drains, ThatCannotBeWrittenHaveNotHappened) {
    world.store_fails = true;
    EXPECT_EQ(drain(true).code(), "journal-failed");
    world.store_fails = false;
    EXPECT_EQ(station()["drain"], "-");
}

TEST_F(Drains, FollowTheBattery) {
    auto config = printer_config();
    config.drain_below_percent = 20;
    world.step(PowerSeen{true, 5});
    EXPECT_EQ(station()["drain"], "-") << "nobody asked for it";
    world.step(ConfigLoaded{config});
    world.step(PowerSeen{true, 20});
    EXPECT_EQ(station()["drain"], "-");
    world.step(PowerSeen{true, 19});
    EXPECT_EQ(station()["drain.cause"], "power");
    EXPECT_EQ(client.reply(print("k1")).code(), "draining");
    world.step(PowerSeen{true, 22});
    EXPECT_EQ(station()["drain.cause"], "power") << "it has to be well above";
    world.step(PowerSeen{true, 25});
    EXPECT_EQ(station()["drain"], "-");
    world.step(PowerSeen{true, 3});
    drain(true);
    EXPECT_EQ(station()["drain.cause"], "person");
    EXPECT_EQ(drain(false)["drain.cause"], "power") << "which a person cannot end";
    world.step(PowerSeen{false, 3});
    EXPECT_EQ(station()["drain"], "-");
    world.step(PowerSeen{true, 3});
    config.drain_below_percent = 0;
    world.step(ConfigLoaded{config});
    world.step(PowerSeen{true, 3});
    EXPECT_EQ(station()["drain"], "-") << "switched off";
}

// --- readings ---

class Readings : public PrintDesk {
  protected:
    Readings() {
        auto config = printer_config();
        config.slots[0].requires_ = wire::RawJson{R"({"readings":{"temperature":{"min":160,"max":170}}})"};
        world.step(ConfigLoaded{config});
    }
    void report(const std::string& temperature) {
        const std::string reading =
            temperature.empty() ? "" : R"(,"reading":{"name":"temperature","value":)" + temperature + "}";
        wire::Prefix prefix = world.host(cp).heard.back().prefix;
        world.say(world.host_id(cp), Type::host_health,
                  R"({"state":"ok","checks":[{"component":"head","state":"ok")" + reading + "}]}", prefix);
    }
    Answer print_at(const std::string& temperature) {
        client.ask("lease.renew", R"({"lease":")" + lease + "\"}");
        const auto asked = print("k" + temperature);
        report(temperature);
        return client.reply(asked);
    }
};

TEST_F(Readings, AreAskedForBeforeACardMoves) {
    const auto asked = print("k1");
    EXPECT_EQ(world.told(cp, Type::host_check), 1U);
    EXPECT_EQ(world.told(cp, Type::host_run), 0U);
    report("165");
    EXPECT_EQ(world.told(cp, Type::host_run), 1U);
    EXPECT_TRUE(client.is_open(asked));
    begin();
    host_says(Type::host_final, printed("exit"));
    new_visit();
    print("k2");
    EXPECT_EQ(world.told(cp, Type::host_check), 1U) << "the report is young enough";
    begin();
    host_says(Type::host_final, printed("exit"));
    world.pass_ms(31'000);
    new_visit();
    print("k3");
    EXPECT_EQ(world.told(cp, Type::host_check), 2U);
    client.ask("job.cancel", R"({"job":"J-1-3"})");
}

TEST_F(Readings, OutsideTheLimitsRefuseThePrint) {
    const auto hot = print_at("171");
    EXPECT_EQ(hot.code(), "too-hot");
    EXPECT_EQ(hot["effect"], "none");
    EXPECT_EQ(hot["card_at"], "none");
    world.pass_ms(31'000);
    EXPECT_EQ(print_at("159").code(), "not-ready");
    world.pass_ms(31'000);
    EXPECT_EQ(print_at("").code(), "not-ready") << "it does not say";
    EXPECT_EQ(world.told(cp, Type::host_run), 0U);
    EXPECT_EQ(client.ask("cards.get", R"({"slot":"printer"})")["hoppers.0.spoiled"], "0");
}

TEST_F(Readings, ThatNeverComeEndTheHost) {
    print("k1");
    const auto host = world.host_id(cp);
    world.pass_ms(10'000);
    EXPECT_TRUE(world.child(host).killed);
    client.ask("job.cancel", R"({"job":"J-1-1"})");
}

} // namespace
} // namespace rekam::broker
