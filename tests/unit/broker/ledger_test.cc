// SPDX-License-Identifier: Apache-2.0
// The ledger of blank cards: whatever happens to prints, to the disk and to the station, it adds up.
#include "tests/unit/broker/print_desk.h"

#include "core/broker/ledger.h"

namespace rekam::broker {
namespace {

using wire::Type;

const std::string jam = R"({"code":"jam","message":"a card is stuck in the printer","effect":"none"})";

class Ledger : public PrintDesk {
  protected:
    Answer hopper() { return client.ask("cards.get", R"({"slot":"printer"})"); }
    Answer load(int count) {
        return client.ask("cards.load", R"({"slot":"printer","count":)" + std::to_string(count) + R"(,"by":"Sari"})");
    }
    /// One card of a visit of its own, with this end of it.
    void make(const std::string& idem, const std::string& end) {
        new_visit();
        print(idem);
        begin();
        host_says(Type::host_final, end);
    }
    void lose(const std::string& idem) {
        new_visit();
        print(idem);
        begin();
        world.die(world.host_id(cp));
        world.pass_ms(10'000);
    }
    /// "loaded difference: issued rejected spoiled unknown left"
    static std::string figures(const Answer& answer) {
        std::string text;
        for (const char* name : {"loaded", "difference", "issued", "rejected", "spoiled", "unknown", "left"})
            text += (text.empty() ? "" : " ") + answer[std::string("hoppers.0.") + name];
        return text;
    }
};

TEST_F(Ledger, CountsEveryBlankOnce) {
    load(10);
    make("k1", printed("exit"));
    make("k2", printed("reject", jam));
    make("k3", printed("exit", jam));
    make("k4", printed("hopper", jam)); // it went back: no blank was used
    lose("k5");
    EXPECT_EQ(figures(hopper()), "10 0 1 1 1 1 6");
    EXPECT_EQ(job_of("k1")["job.blank"], "issued");
    EXPECT_EQ(job_of("k2")["job.blank"], "rejected");
    EXPECT_EQ(job_of("k3")["job.blank"], "spoiled");
    EXPECT_EQ(job_of("k4")["job.blank"], "-");
    EXPECT_EQ(job_of("k5")["job.blank"], "unknown");
    EXPECT_EQ(hopper().size("hoppers.0.blanks"), 4U);
    new_visit();
    print("k6");
    host_says(Type::host_final, printed("none", jam)); // before it began
    EXPECT_EQ(figures(hopper()), "10 0 1 1 1 1 6");
}

TEST_F(Ledger, KeepsTheNumbersOfTheBlank) {
    at_chip("k1");
    const auto job = world.running(cp);
    open_card("c1");
    host_says(Type::host_card, R"({"atr":"3b00","uid":"04a1b2c3"})");
    client.send("card.close", R"({"job":"J-1-2"})");
    host_says(Type::host_final, R"({"frames":0})");
    host_says(job, Type::host_final, R"({"frames":0,"printed":{"card_at":"exit","blank_serial":"48200017"}})");
    EXPECT_EQ(hopper()["hoppers.0.blanks.0.serial"], "48200017");
    EXPECT_EQ(hopper()["hoppers.0.blanks.0.chip"], "04a1b2c3");
    EXPECT_EQ(hopper()["hoppers.0.blanks.0.end"], "issued");
}

TEST_F(Ledger, TellsEveryDifference) {
    EXPECT_EQ(figures(hopper()), "0 0 0 0 0 0 0");
    make("k1", printed("exit"));
    EXPECT_EQ(figures(hopper()), "0 1 1 0 0 0 0") << "from a hopper that was thought to be empty";
    load(50);
    client.ask("cards.count", R"({"slot":"printer","count":48,"by":"Sari"})");
    EXPECT_EQ(figures(hopper()), "50 -1 1 0 0 0 48");
    client.ask("cards.spoil", R"({"slot":"printer","count":3,"by":"Sari","reason":"bent"})");
    EXPECT_EQ(figures(hopper()), "50 -1 1 0 3 0 45");
    const auto all = client.ask("cards.spoil", R"({"slot":"printer","count":50,"by":"Sari","reason":"wet"})");
    EXPECT_EQ(all["hopper.difference"], "4");
    EXPECT_EQ(figures(hopper()), "50 4 1 0 53 0 0");
}

TEST_F(Ledger, OutlivesTheStation) {
    load(10);
    make("k1", printed("exit"));
    new_visit();
    print("k2");
    begin();
    World next(printer_config(), printer_plugins(), world.stored(), 2); // it ended in the middle of the second card
    next.has_side_effects = true;
    Client later(next);
    EXPECT_EQ(figures(later.ask("cards.get", R"({"slot":"printer"})")), "10 0 1 0 0 1 8");
    World third(printer_config(), printer_plugins(), next.stored(), 3);
    third.has_side_effects = true;
    EXPECT_EQ(figures(Client(third).ask("cards.get", R"({"slot":"printer"})")), "10 0 1 0 0 1 8") << "counted once";
}

TEST_F(Ledger, CountsOnceWhatTheDiskCouldNotKeep) {
    load(10);
    new_visit();
    print("k1");
    begin();
    world.store_fails = true;
    host_says(Type::host_final, printed("exit"));
    world.store_fails = false;
    const auto lost = world.stored(); // neither the end of the card nor its blank
    make("k2", printed("exit"));      // whose row counts the first one too
    for (const auto& disk : {lost, world.stored()}) {
        World next(printer_config(), printer_plugins(), disk, 2);
        next.has_side_effects = true;
        Client later(next);
        const bool kept = disk.size() != lost.size();
        EXPECT_EQ(figures(later.ask("cards.get", R"({"slot":"printer"})")), kept ? "10 0 2 0 0 0 8" : "10 0 0 0 0 1 9");
        EXPECT_EQ(later.ask("job.get", R"({"idem":"k1"})")["job.outcome"], kept ? "done" : "unknown");
    }
}

TEST_F(Ledger, IsAnsweredWhenItIsOnDisk) {
    world.store_answers = false;
    const auto asked = client.send("cards.load", R"({"slot":"printer","count":10,"by":"Sari"})");
    EXPECT_TRUE(client.is_open(asked));
    world.store_answers = true;
    for (const auto token : std::exchange(world.held_appends, {}))
        world.step(Durable{token});
    EXPECT_EQ(client.reply(asked)["hopper.left"], "10");
    world.store_fails = true;
    EXPECT_EQ(load(5).code(), "journal-failed");
    EXPECT_EQ(client.ask("cards.count", R"({"slot":"printer","count":1,"by":"Sari"})").code(), "journal-failed");
    EXPECT_EQ(client.ask("cards.spoil", R"({"slot":"printer","count":1,"by":"Sari","reason":"x"})").code(),
              "journal-failed");
    world.store_fails = false;
    EXPECT_EQ(figures(hopper()), "10 0 0 0 0 0 10") << "as if it had not been asked";
}

TEST_F(Ledger, BelongsToThePrinterAndNotToTheSlot) {
    auto plugins = printer_plugins();
    plugins.at("/plugins/cp.so").devices.push_back(plugins.at("/plugins/cp.so").devices.front());
    plugins.at("/plugins/cp.so").devices[1].id = "2";
    World two(printer_config(), plugins);
    Client who(two);
    who.ask("cards.load", R"({"slot":"printer","count":10,"by":"Sari"})");
    who.ask("slot.bind", R"({"slot":"printer","device":"org.cp/2"})");
    EXPECT_EQ(who.ask("cards.get", R"({"slot":"printer"})")["hoppers.0.left"], "0");
    who.ask("cards.load", R"({"slot":"printer","count":3,"by":"Sari"})");
    const auto all = who.ask("cards.get");
    EXPECT_EQ(all["hoppers.0.device"], "org.cp/1");
    EXPECT_EQ(all["hoppers.0.left"], "10");
    EXPECT_EQ(all["hoppers.1.left"], "3");
    EXPECT_EQ(all["hoppers.1.slots.0"], "printer");
    who.ask("slot.bind", R"({"slot":"printer","device":"org.cp/1"})");
    EXPECT_EQ(who.ask("cards.get", R"({"slot":"printer"})")["hoppers.0.left"], "10");
}

TEST(Forecasts, FollowThePaceOfTheLastWorkingHours) {
    constexpr std::int64_t minute_us = 60 * us_per_s, now_us = 1'795'000'000 * us_per_s;
    wire::Hopper hopper;
    hopper.left = 40;
    EXPECT_FALSE(forecast(hopper, now_us));
    hopper.pace = {{now_us - 700 * minute_us, 90}, {now_us - 120 * minute_us, 10}, {now_us - 60 * minute_us, 20}};
    auto ahead = forecast(hopper, now_us);
    ASSERT_TRUE(ahead);
    EXPECT_EQ(ahead->per_hour, 15) << "what was before a long pause does not count";
    EXPECT_EQ(ahead->empty_in_us, 160 * minute_us);
    EXPECT_FALSE(forecast(hopper, now_us + 600 * minute_us)) << "nobody works now";
    hopper.pace = {{now_us - 30 * minute_us, 4}};
    EXPECT_FALSE(forecast(hopper, now_us)) << "too few to judge";
    hopper.pace = {{now_us - 5 * minute_us, 10}};
    EXPECT_FALSE(forecast(hopper, now_us)) << "too short a time";
    hopper.pace = {{now_us + 5 * minute_us, 10}};
    EXPECT_FALSE(forecast(hopper, now_us)) << "the clock was set back";
}

TEST_F(Ledger, ForecastsWhenTheHopperIsEmpty) {
    load(50);
    for (int i = 0; i < 10; ++i) {
        make("k" + std::to_string(i), printed("exit"));
        world.pass_ms(180'000);
    }
    const auto at = hopper();
    EXPECT_EQ(at["hoppers.0.per_hour"], "20");
    EXPECT_EQ(std::stoll(at["hoppers.0.empty_at.utc_us"]) - world.now.utc_us, 7'200 * us_per_s);
    EXPECT_EQ(at["hoppers.0.left"], "40");
}

} // namespace
} // namespace rekam::broker
