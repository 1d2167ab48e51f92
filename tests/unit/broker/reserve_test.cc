// SPDX-License-Identifier: Apache-2.0
// A disk that is full but for what was kept back: no card begins, those that have begun end, and everything else goes
// on.
#include "tests/unit/broker/print_desk.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using wire::Type;

class OnReserve : public PrintDesk {
  protected:
    void fill() {
        world.store_on_reserve = true;
        client.ask("case.close", R"({"case":")" + client.open_case() + "\"}"); // something is written
    }
    void make_room() {
        world.store_on_reserve = false;
        world.pass_ms(1'100);
    }
    Answer station() { return client.ask("station.get"); }
    std::string entries() const {
        std::string text;
        for (const auto& entry : world.journal)
            if (entry.body.find("\"store.reserve\"") != std::string::npos)
                text += entry.body.find("\"on\":true") != std::string::npos ? "on " : "off ";
        return text;
    }
};

TEST_F(OnReserve, NoCardBeginsAndTheRefusalSaysWhatToDo) {
    world.events("station");
    fill();
    EXPECT_EQ(station()["store.state"], "reserve");
    EXPECT_NE(station()["store.reason"].find("free space"), std::string::npos);
    EXPECT_EQ(station()["state"], "degraded");
    EXPECT_EQ(world.events("station").back()["store.state"], "reserve");
    const auto refused = client.reply(print("k1"));
    EXPECT_EQ(refused.code(), "disk-full");
    EXPECT_EQ(refused["effect"], "none");
    EXPECT_EQ(refused["retry"], "after-fix");
    EXPECT_NE(refused["message"].find("free space"), std::string::npos);
    EXPECT_EQ(client.reply(open_card("c1")).code(), "disk-full");
    EXPECT_EQ(world.told(cp, Type::host_run), 0U);
}

TEST_F(OnReserve, EverythingElseGoesOn) {
    fill();
    open_card("c1", "read");
    EXPECT_EQ(world.told(cp, Type::host_run), 1U);
    const std::string other = client.open_case();
    EXPECT_EQ(world.disk.count({"case", other}), 1U) << "and is written";
    EXPECT_EQ(client.ask("cards.load", R"({"slot":"printer","count":5,"by":"Sari"})")["hopper.left"], "5");
}

TEST_F(OnReserve, ACardThatHasBegunEndsAndIsRecorded) {
    print("k1");
    begin();
    fill();
    host_says(Type::host_final, printed("exit"));
    EXPECT_EQ(job_of("k1")["job.outcome"], "done");
    World next(printer_config(), printer_plugins(), world.stored(), 2);
    Client later(next);
    EXPECT_EQ(later.ask("job.get", R"({"idem":"k1"})")["job.outcome"], "done");
}

TEST_F(OnReserve, TheChipOfACardThatHasBegunIsWritten) {
    const auto running = at_chip("k1");
    fill();
    open_card("c1");
    EXPECT_EQ(world.told(cp, Type::host_run), 2U) << "it is part of that card";
    host_says(Type::host_card, R"({"atr":"3b00"})");
    client.send("card.close", R"({"job":"J-1-2"})");
    host_says(Type::host_final, R"({"frames":0})");
    host_says(running, Type::host_final, printed("exit"));
    EXPECT_EQ(job_of("k1")["job.outcome"], "done");
}

TEST_F(OnReserve, CardsThatWaitEndWithoutEffect) {
    world.store_answers = false;
    const auto asked = print("k1"); // waits for its record
    world.store_answers = true;
    for (const auto token : std::exchange(world.held_appends, {}))
        world.step(Durable{token, true});
    EXPECT_EQ(client.reply(asked).code(), "disk-full");
    EXPECT_EQ(client.reply(asked)["effect"], "none");
    EXPECT_EQ(world.told(cp, Type::host_run), 0U);
}

TEST_F(OnReserve, ACardAboutToBeginIsHeldBack) {
    const auto asked = print("k1");
    world.store_on_reserve = true;
    host_says(Type::host_begins, "{}"); // the record of that needs the reserve
    EXPECT_EQ(world.told(cp, Type::host_go), 0U);
    EXPECT_EQ(client.reply(asked).code(), "disk-full");
    EXPECT_EQ(job_of("k1")["job.effect"], "none");
    EXPECT_EQ(job_of("k1")["job.outcome"], "failed");
}

TEST_F(OnReserve, RoomIsNoticedWithoutARestartAndWithoutWork) {
    fill();
    world.pass_ms(10'000);
    EXPECT_EQ(station()["store.state"], "reserve");
    make_room();
    EXPECT_EQ(station()["store.state"], "ok");
    EXPECT_EQ(station()["store.reason"], "-");
    EXPECT_EQ(entries(), "on off ");
    print("k1");
    EXPECT_EQ(world.told(cp, Type::host_run), 1U);
    world.pass_ms(10'000);
    EXPECT_FALSE(world.state().backlog.retry) << "nobody asks any more";
}

TEST_F(OnReserve, BeyondItTheStoreIsFullAndComesBackByTheSameWay) {
    fill();
    world.store_fails = world.store_is_full = true;
    client.open_case();
    EXPECT_EQ(station()["store.state"], "full");
    EXPECT_EQ(client.reply(print("k1")).code(), "disk-full");
    world.store_fails = false;
    world.pass_ms(1'100);
    EXPECT_EQ(station()["store.state"], "reserve");
    EXPECT_EQ(client.reply(print("k2")).code(), "disk-full");
    make_room();
    EXPECT_EQ(station()["store.state"], "ok");
    EXPECT_TRUE(world.state().backlog.records.empty());
}

} // namespace
} // namespace rekam::broker
