// SPDX-License-Identifier: Apache-2.0
// Exchanges with a card: at the chip station of a print, and alone; one job, one record, nothing sent twice.
#include "tests/unit/broker/print_desk.h"

namespace rekam::broker {
namespace {

using wire::Type;
using Cards = PrintDesk;

const std::string opened = R"({"atr":"3b88","protocol":"t1"})";

std::string transmit_params(const std::string& job, int exchange, const std::string& command = "00a40000") {
    return R"({"job":")" + job + R"(","exchange":)" + std::to_string(exchange) + R"(,"commands":[")" + command + "\"]}";
}

TEST_F(Cards, WaitForTheirPrintToBeAtTheChip) {
    print_with_chip("p1");
    const auto early = client.reply(open_card("c1"));
    EXPECT_EQ(early.code(), "not-ready");
    EXPECT_EQ(early["job"], "-") << "a refusal makes no job";
    const auto print = begin();
    host_says(Type::host_chip);
    EXPECT_EQ(job_of("p1")["job.state"], "waiting");
    EXPECT_EQ(job_of("p1")["job.card_at"], "chip");
    const auto joined = print_with_chip("p1"); // whose program died, and waits for the chip again
    EXPECT_EQ(world.progress(joined).back().text(), R"({"job":"J-1-1","state":"waiting"})");
    const auto asked = open_card("c1");
    EXPECT_EQ(world.running(cp).run.at("card").at("at_print").as_bool(), true);
    host_says(Type::host_card, opened);
    EXPECT_EQ(client.reply(asked)["card.atr"], "3b88");
    EXPECT_EQ(client.reply(asked)["print"], "J-1-1");
    EXPECT_EQ(client.reply(open_card("c2")).code(), "busy");
    const auto closing = client.send("card.close", R"({"job":"J-1-2"})");
    host_says(Type::host_final, R"({"frames":0})");
    EXPECT_EQ(client.reply(closing)["outcome"], "done");
    EXPECT_EQ(world.told(cp, Type::host_chip_over), 1U);
    EXPECT_EQ(job_of("p1")["job.state"], "sent");
    host_says(print, Type::host_final, printed("exit"));
    EXPECT_EQ(job_of("p1")["job.outcome"], "done");
    EXPECT_EQ(case_record().size("case.cards"), 2U);
}

TEST_F(Cards, ForWritingAreRecordedFirst) {
    at_chip("p1");
    world.store_answers = false;
    open_card("c1");
    EXPECT_EQ(world.told(cp, Type::host_run), 1U) << "that of the print";
    world.store_answers = true;
    for (const auto token : std::exchange(world.held_appends, {}))
        world.step(Durable{token});
    EXPECT_EQ(world.told(cp, Type::host_run), 2U);
}

TEST_F(Cards, AreAnsweredOnceForEachExchange) {
    at_chip("p1");
    open_card("c1");
    host_says(Type::host_card, opened);
    const auto first = client.send("card.transmit", transmit_params("J-1-2", 1));
    const auto joined = client.send("card.transmit", transmit_params("J-1-2", 1));
    EXPECT_EQ(client.reply(client.send("card.transmit", transmit_params("J-1-2", 2))).code(), "out-of-range");
    EXPECT_EQ(world.told(cp, Type::host_apdus), 1U);
    host_says(Type::host_answers, R"({"exchange":1,"responses":["9000"]})");
    EXPECT_EQ(client.reply(first)["responses.0"], "9000");
    EXPECT_EQ(client.reply(joined).text(), client.reply(first).text());
    EXPECT_EQ(client.ask("card.transmit", transmit_params("J-1-2", 1)).text(), client.reply(first).text());
    EXPECT_EQ(client.ask("card.transmit", transmit_params("J-1-2", 1, "00b00000")).code(), "idem-conflict");
    EXPECT_EQ(client.ask("card.transmit", transmit_params("J-1-2", 3)).code(), "out-of-range");
    EXPECT_EQ(client.ask("card.transmit", transmit_params("J-1-2", 2, "00a400001")).code(), "out-of-range");
    EXPECT_EQ(world.told(cp, Type::host_apdus), 1U) << "nothing was sent twice";
    Client other(world, "desk-2");
    EXPECT_EQ(other.ask("card.transmit", transmit_params("J-1-2", 2)).code(), "unknown-job");
}

TEST_F(Cards, AreOneRecordHoweverManyCommands) {
    at_chip("p1");
    open_card("c1");
    host_says(Type::host_card, opened);
    const auto before = world.stored();
    for (int i = 1; i <= 5; ++i) {
        client.send("card.transmit", transmit_params("J-1-2", i));
        host_says(Type::host_answers, R"({"exchange":)" + std::to_string(i) + R"(,"responses":["9000"]})");
    }
    EXPECT_EQ(world.stored(), before);
    client.send("card.close", R"({"job":"J-1-2"})");
    host_says(Type::host_final, R"({"frames":0})");
    EXPECT_EQ(job_of("c1")["job.exchanges"], "5");
    EXPECT_EQ(job_of("c1")["job.effect"], "done");
    EXPECT_EQ(client.ask("card.close", R"({"job":"J-1-2"})")["exchanges"], "5") << "closing twice says the same";
}

TEST_F(Cards, ThatAreLostInTheMiddleAreUnknown) {
    at_chip("p1");
    open_card("c1");
    host_says(Type::host_card, opened);
    const auto asked = client.send("card.transmit", transmit_params("J-1-2", 1));
    world.die(world.host_id(cp));
    EXPECT_EQ(client.reply(asked)["effect"], "unknown");
    EXPECT_EQ(job_of("c1")["job.outcome"], "unknown");
    EXPECT_EQ(job_of("p1")["job.outcome"], "unknown");
}

TEST_F(Cards, ThatOnlyReadHaveNoEffect) {
    at_chip("p1");
    open_card("c1", "read");
    host_says(Type::host_card, opened);
    client.send("card.transmit", transmit_params("J-1-2", 1));
    world.die(world.host_id(cp));
    EXPECT_EQ(job_of("c1")["job.outcome"], "failed");
    EXPECT_EQ(job_of("c1")["job.effect"], "none");
}

TEST_F(Cards, WhoseCommandFailedAreUnknownForWriting) {
    at_chip("p1");
    open_card("c1");
    host_says(Type::host_card, opened);
    const auto asked = client.send("card.transmit", transmit_params("J-1-2", 1));
    const std::string failure = R"({"code":"card-removed","message":"the card was taken out of the reader"})";
    host_says(Type::host_answers, R"({"exchange":1,"responses":[],"failure":)" + failure + "}");
    EXPECT_EQ(client.reply(asked).code(), "card-removed");
    EXPECT_EQ(client.reply(asked)["effect"], "unknown");
    host_says(Type::host_final, R"({"frames":0,"failure":)" + failure + "}");
    EXPECT_EQ(job_of("c1")["job.outcome"], "unknown");
    EXPECT_EQ(job_of("p1")["job.state"], "waiting") << "its client decides what becomes of the card";
}

TEST_F(Cards, EndWithTheirLease) {
    const auto print = at_chip("p1");
    open_card("c1");
    host_says(Type::host_card, opened);
    const auto card = world.running(cp);
    client.ask("lease.release", R"({"lease":")" + lease + "\"}");
    EXPECT_EQ(world.told(cp, Type::host_interrupt), 2U);
    const std::string cancelled = R"({"code":"cancelled","message":"it was interrupted","effect":"none"})";
    host_says(card, Type::host_final, R"({"frames":0,"failure":)" + cancelled + "}");
    host_says(print, Type::host_final, printed("reject", cancelled));
    EXPECT_EQ(job_of("c1")["job.outcome"], "cancelled");
    EXPECT_EQ(job_of("p1")["job.outcome"], "cancelled");
    EXPECT_EQ(job_of("p1")["job.card_at"], "reject");
}

TEST_F(Cards, ThatFailedMakeTheirPrintFail) {
    at_chip("p1");
    open_card("c1");
    host_says(Type::host_card, opened);
    client.send("card.close", R"({"job":"J-1-2","failed":true})");
    host_says(Type::host_final, R"({"frames":0})");
    EXPECT_NE(world.host(cp).heard.back().json.find(R"("failed":true)"), std::string::npos);
}

TEST_F(Cards, AloneAreAJobOfTheirDevice) {
    const auto asked = open_card("c1", "read");
    EXPECT_EQ(world.running(cp).run.at("card").at("at_print").as_bool(), false);
    EXPECT_EQ(client.ask("card.transmit", transmit_params("J-1-1", 1)).code(), "not-ready");
    host_says(Type::host_card, opened);
    EXPECT_TRUE(client.reply(asked).ok);
    EXPECT_EQ(client.reply(open_card("c1", "read")).text(), client.reply(asked).text()) << "the same key again";
    client.send("card.close", R"({"job":"J-1-1"})");
    host_says(Type::host_final, R"({"frames":0})");
    EXPECT_EQ(job_of("c1")["job.outcome"], "done");
    EXPECT_EQ(client.ask("card.close", R"({"job":"J-9-9"})").code(), "unknown-job");
}

TEST_F(Cards, ThatDoNotAnswerInTimeEndTheirHost) {
    open_card("c1");
    host_says(Type::host_card, opened);
    client.send("card.transmit", transmit_params("J-1-1", 1));
    const auto host = world.host_id(cp);
    client.ask("lease.renew", R"({"lease":")" + lease + R"(","ttl_ms":600000})");
    world.pass_ms(world.state().config.supervision.card_ms_max);
    EXPECT_TRUE(world.child(host).killed);
    EXPECT_EQ(job_of("c1")["job.outcome"], "unknown");
}

TEST_F(Cards, AfterACrashOfTheStationAreUnknownWhereTheyCouldWrite) {
    open_card("write");
    const auto disk = world.stored();
    World next(printer_config(), printer_plugins(), disk, 2);
    next.has_side_effects = true;
    EXPECT_EQ(Client(next).ask("job.get", R"({"idem":"write"})")["job.outcome"], "unknown");
    EXPECT_EQ(next.told(cp, Type::host_run), 0U);
}

/// A printer whose chip station shows up as a reader of its own.
class Encoders : public ::testing::Test {
  protected:
    static std::map<std::string, FakePlugin> plugins(const std::string& path) {
        auto all = printer_plugins();
        auto& devices = all.at("/plugins/cp.so").devices;
        devices[0].second.reset();
        devices[0].encoder = "usb:1-2";
        devices.resize(2);
        devices[1].id = "2";
        devices[1].function = model::Function::card_reader;
        devices[1].capabilities = R"({"type":"object","properties":{}})";
        devices[1].physical = path;
        return all;
    }
    static Config config() {
        auto made = printer_config();
        made.slots[1].device = "org.cp/2";
        return made;
    }
    std::string envelope(const std::string& idem) const {
        return R"("deadline_ms":30000,"station_epoch":1,"idem":")" + idem + R"(","lease":")" + lease + "\"";
    }
    /// print.start without a picture: only the chip is written.
    std::uint64_t print(World& world, Client& client) {
        lease = client.lease("printer\",\"encoder", client.open_case("issue"));
        world.has_side_effects = true;
        return client.send("print.start", R"({"slot":"printer","steps":["chip"],"encoder":"encoder"})", envelope("p1"));
    }
    std::string lease;
};

TEST_F(Encoders, ThatAreADeviceOfTheirOwnServeTheirPrinter) {
    World world(config(), plugins("usb:1-2"));
    Client client(world);
    const auto asked = print(world, client);
    const auto job = world.running("org.cp/1");
    world.say(world.host_id("org.cp/1"), Type::host_begins, "{}", job.prefix);
    world.say(world.host_id("org.cp/1"), Type::host_chip, "", job.prefix);
    client.send("card.open", R"({"slot":"encoder","intent":"write"})", envelope("c1"));
    const auto card = world.running("org.cp/2");
    EXPECT_EQ(card.run.at("card").at("at_print").as_bool(), false) << "its own host speaks with it";
    world.say(world.host_id("org.cp/2"), Type::host_card, opened, card.prefix);
    client.send("card.close", R"({"job":"J-1-2"})");
    world.say(world.host_id("org.cp/2"), Type::host_final, R"({"frames":0})", card.prefix);
    EXPECT_EQ(world.told("org.cp/1", Type::host_chip_over), 1U);
    world.say(world.host_id("org.cp/1"), Type::host_final, R"({"frames":0,"printed":{"card_at":"exit"}})", job.prefix);
    EXPECT_EQ(client.reply(asked)["card_at"], "exit");
}

TEST_F(Encoders, OfAnotherPrinterAreRefused) {
    World world(config(), plugins("usb:3-1"));
    Client client(world);
    const auto reply = client.reply(print(world, client));
    EXPECT_EQ(reply.code(), "not-covered");
    EXPECT_EQ(world.told("org.cp/1", Type::host_run), 0U);
}

TEST_F(Cards, BindingsWinUntilTheFileSaysSomethingNew) {
    auto config = printer_config();
    EXPECT_EQ(client.ask("slot.bind", R"({"slot":"printer","device":"org.no/1"})").code(), "unknown-device");
    EXPECT_EQ(client.ask("slot.bind", R"({"slot":"no","device":"org.cp/1"})").code(), "unknown-slot");
    config.slots[0].device = "org.cp/*";
    world.step(ConfigLoaded{config});
    const auto bound = client.ask("slot.bind", R"({"slot":"printer","device":"org.cp/1"})");
    EXPECT_EQ(bound["slot.configured"], "org.cp/*");
    EXPECT_TRUE(world.disk.contains({"binding", "printer"}));
    World next(config, printer_plugins(), world.stored(), 2);
    EXPECT_EQ(Client(next).ask("slot.get", R"({"slot":"printer"})")["slot.configured"], "org.cp/*");
    config.slots[0].device = "org.cp/1";
    next.step(ConfigLoaded{config});
    EXPECT_EQ(Client(next).ask("slot.get", R"({"slot":"printer"})")["slot.configured"], "-");
    EXPECT_FALSE(next.disk.contains({"binding", "printer"}));
}

} // namespace
} // namespace rekam::broker
