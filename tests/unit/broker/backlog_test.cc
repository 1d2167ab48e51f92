// SPDX-License-Identifier: Apache-2.0
// A store that fails for a while: nothing that was to be written is lost, and the newest of it wins.
#include "tests/unit/broker/print_desk.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using wire::Type;

class Backlog : public PrintDesk {
  protected:
    void fail(bool full = false) {
        world.store_fails = true;
        world.store_is_full = full;
    }
    std::string store_state() { return client.ask("station.get")["store.state"]; }
    /// How many entries of this kind are on the disk.
    std::ptrdiff_t entries(const std::string& kind) const {
        return std::ranges::count_if(world.journal, [&](const Entry& entry) {
            return entry.body.find("\"kind\":\"" + kind + "\"") != std::string::npos;
        });
    }
    std::string record_of(const std::string& idem) const {
        for (const auto& [key, body] : world.disk)
            if (key.first == "job" && key.second.ends_with("\n" + idem))
                return body;
        return "";
    }
};

TEST_F(Backlog, OfAnOutcomeIsWrittenWhenTheStoreWorksAgain) {
    print("k1");
    begin();
    fail();
    host_says(Type::host_final, printed("exit"));
    EXPECT_EQ(store_state(), "failed");
    EXPECT_EQ(record_of("k1").find("\"outcome\""), std::string::npos) << "the disk still has the intent";
    EXPECT_EQ(entries("print.end"), 0);
    world.pass_ms(30'000);
    EXPECT_EQ(store_state(), "failed");
    world.store_fails = false;
    world.pass_ms(1'100);
    EXPECT_EQ(store_state(), "ok");
    EXPECT_NE(record_of("k1").find("\"outcome\":\"done\""), std::string::npos);
    EXPECT_EQ(entries("print.end"), 1);
    EXPECT_TRUE(world.state().backlog.records.empty());
    EXPECT_TRUE(world.state().in_flight.empty());
}

TEST_F(Backlog, OfARestartTellsTheSame) {
    print("k1");
    begin();
    fail();
    host_says(Type::host_final, printed("exit"));
    world.store_fails = false;
    world.pass_ms(1'100);
    World after(printer_config(), printer_plugins(), world.stored(), 2);
    Client again(after);
    EXPECT_EQ(again.ask("job.get", R"({"idem":"k1"})")["job.outcome"], "done");
}

TEST_F(Backlog, LetsWhatNeedsNoRecordGoOn) {
    fail(true);
    const auto refused = print("k1");
    EXPECT_EQ(client.reply(refused).code(), "disk-full");
    EXPECT_EQ(store_state(), "full");
    EXPECT_EQ(client.ask("case.get", R"({"case":")" + visit + "\"}").code(), "ok");
    const std::string other = client.open_case();
    EXPECT_EQ(world.disk.count({"case", other}), 0U);
    world.store_fails = false;
    world.pass_ms(1'100);
    EXPECT_EQ(store_state(), "ok");
    EXPECT_EQ(world.disk.count({"case", other}), 1U);
    EXPECT_EQ(entries("case.open"), 2);
    EXPECT_EQ(entries("print.intent"), 1) << "what was tried is told, with its end";
    EXPECT_EQ(entries("print.end"), 1);
}

TEST_F(Backlog, IsNotWaitedForByASideEffectThatTriesAtOnce) {
    fail();
    client.open_case();
    world.store_fails = false;
    print("k1"); // long before the next retry
    EXPECT_EQ(world.told(cp, Type::host_run), 1U);
    EXPECT_EQ(store_state(), "ok");
    EXPECT_EQ(entries("case.open"), 2);
}

TEST_F(Backlog, NeverPutsAnOlderRecordOverANewerOne) {
    const auto held = [&] { return std::exchange(world.held_appends, {}); };
    world.store_answers = false;
    const std::string other = client.open_case();             // append 1
    client.ask("case.close", R"({"case":")" + other + "\"}"); // append 2, in flight beside it
    const auto tokens = held();
    ASSERT_EQ(tokens.size(), 2U);
    world.step(AppendFailed{tokens[0], false, "no luck"});
    // Whatever is appended next must not carry the open case along: it would come after the closed one.
    EXPECT_EQ(world.state().backlog.records.count({"case", other}), 0U);
    world.step(Durable{tokens[1]}); // the closed case is on the disk now
    const auto rest = held();
    ASSERT_EQ(rest.size(), 1U) << "the entries of the first are offered again at once";
    EXPECT_TRUE(world.state().in_flight.at(rest[0]).records.empty());
    EXPECT_EQ(world.state().in_flight.at(rest[0]).entries.size(), 1U);
}

TEST_F(Backlog, LetsNoHopperReachTheDiskWithoutTheJobsThatItCounts) {
    client.ask("cards.load", R"({"slot":"printer","count":10,"by":"Sari"})");
    print("k1");
    begin();
    world.store_answers = false;
    host_says(Type::host_final, printed("exit")); // append 1: the end and the hopper that counts its blank
    client.send("cards.load",
                R"({"slot":"printer","count":5,"by":"Sari"})"); // append 2: the hopper again, in flight beside it
    const auto tokens = std::exchange(world.held_appends, {});
    ASSERT_EQ(tokens.size(), 2U);
    // The first may fail and the second not, and then the power be cut: after that the blank would be booked twice.
    const auto& second = world.state().in_flight.at(tokens[1]).records;
    EXPECT_EQ(std::ranges::count(second, "hopper", &Record::kind), 1);
    EXPECT_EQ(std::ranges::count_if(second,
                                    [](const Record& row) {
                                        return row.kind == "job" && row.key.ends_with("\nk1") &&
                                               row.body.find("\"outcome\":\"done\"") != std::string::npos;
                                    }),
              1);
}

TEST_F(Backlog, KeepsTheNewestOfThoseThatFail) {
    world.store_answers = false;
    const std::string other = client.open_case();
    client.ask("case.close", R"({"case":")" + other + "\"}");
    for (const auto token : std::exchange(world.held_appends, {}))
        world.step(AppendFailed{token, false, "no luck"});
    ASSERT_EQ(world.state().backlog.records.count({"case", other}), 1U);
    EXPECT_NE(world.state().backlog.records.at({"case", other}).body.find("closed"), std::string::npos);
}

TEST_F(Backlog, IsBoundedAndSaysHowMuchWasLost) {
    fail();
    client.open_case();
    for (int i = 0; i < 10'100; ++i)
        world.step(ConfigRefused{"slots.toml:1: no"});
    EXPECT_EQ(world.state().backlog.entries.size(), 10'000U);
    world.store_fails = false;
    world.pass_ms(1'100);
    ASSERT_EQ(entries("journal.lost"), 1);
    EXPECT_NE(world.journal.back().body.find("\"count\":101"), std::string::npos) << world.journal.back().body;
}

TEST_F(Backlog, IsOfferedOnceMoreAtTheEnd) {
    fail();
    const std::string other = client.open_case();
    world.store_fails = false;
    world.step(Stop{});
    for (int i = 0; i < 100 && !world.exited; ++i)
        world.pass_ms(10);
    ASSERT_TRUE(world.exited);
    EXPECT_EQ(world.disk.count({"case", other}), 1U);
    EXPECT_EQ(entries("station.stop"), 1);
}

TEST_F(Backlog, OfTheJournalIsAskedAndAnsweredBesideIt) {
    const auto asked = client.send("journal.query", R"({"kind":"print.end","limit":5})");
    ASSERT_EQ(world.journal_questions.size(), 1U);
    EXPECT_TRUE(client.is_open(asked));
    const auto* query = std::get_if<wire::JournalQueryParams>(&world.journal_questions[0].what);
    ASSERT_NE(query, nullptr);
    EXPECT_EQ(query->kind->value, "print.end");
    world.step(JournalAnswered{world.journal_questions[0].token, R"({"entries":[]})", {}});
    EXPECT_TRUE(client.reply(asked).ok);
    const auto verify = client.send("journal.verify");
    world.step(JournalAnswered{world.journal_questions[1].token,
                               {},
                               model::make_error(model::Code::journal_failed, "the journal cannot be read: look")});
    EXPECT_EQ(client.reply(verify).code(), "journal-failed");
    world.step(JournalAnswered{world.journal_questions[1].token, "{}", {}}); // nobody asked
    for (int i = 0; i < 16; ++i)
        client.send("journal.head");
    EXPECT_EQ(client.ask("journal.head").code(), "too-many");
}

} // namespace
} // namespace rekam::broker
