// SPDX-License-Identifier: Apache-2.0
// journal.erase: what the store is asked for, when it is refused, and that nothing of the case is left in memory.
#include "tests/unit/broker/print_desk.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using wire::Type;

class Erasure : public PrintDesk {
  protected:
    void close() { client.ask("case.close", R"({"case":")" + visit + "\"}"); }
    void print_and_close() {
        print("k1");
        begin();
        host_says(Type::host_final, printed("exit"));
        close();
    }
    std::uint64_t erase(const std::string& more = R"(,"by":"Sari")", const std::string& reason = "asked for by law") {
        return client.send("journal.erase", R"({"case":")" + visit + R"(","reason":")" + reason + "\"" + more + "}");
    }
    const EraseCase& wanted() const { return std::get<EraseCase>(world.journal_questions.back().what); }
    Erased all_of_it(std::int64_t entries = 5) const {
        return {visit, entries, {world.state().ended_ids.begin()->second}, true};
    }
    void answer(const Erased& erased, std::optional<model::Error> error = {}) {
        world.step(JournalAnswered{world.journal_questions.back().token, {}, std::move(error), erased});
    }
    bool is_in_memory_or_on_disk() const {
        const State& s = world.state();
        return s.cases.contains(visit) || !s.ended.empty() || !s.ended_ids.empty() || !s.ended_by_age.empty() ||
               std::ranges::any_of(world.disk, [&](const auto& row) {
                   return row.first.first == "job" || (row.first.first == "case" && row.first.second == visit);
               });
    }
};

TEST_F(Erasure, AsksTheStoreWithAnEntryThatNamesNobodyOfTheCase) {
    print_and_close();
    const auto asked = erase();
    EXPECT_TRUE(client.is_open(asked));
    EXPECT_EQ(wanted().case_, visit);
    EXPECT_NE(wanted().entry.body.find(R"("kind":"journal.erased")"), std::string::npos) << wanted().entry.body;
    EXPECT_NE(wanted().entry.body.find(R"("reason":"asked for by law")"), std::string::npos);
    EXPECT_EQ(wanted().entry.body.find(visit), std::string::npos);
    EXPECT_EQ(wanted().entry.body.find("Sari"), std::string::npos) << "who did it is personal, too";
    EXPECT_EQ(wanted().entry.personal, R"({"by":"Sari"})");
    erase("");
    EXPECT_EQ(wanted().entry.personal, R"({"by":"op-7"})") << "else the operator";
}

TEST_F(Erasure, LeavesNothingInMemory) {
    print_and_close();
    const auto asked = erase();
    answer(all_of_it());
    EXPECT_EQ(client.reply(asked)["erased"], "5");
    EXPECT_EQ(client.reply(asked)["case"], visit);
    EXPECT_EQ(job_of("k1").code(), "unknown-job");
    EXPECT_EQ(case_record().code(), "unknown-case");
    EXPECT_FALSE(is_in_memory_or_on_disk());
    World next(printer_config(), printer_plugins(), world.stored(), 2);
    Client later(next);
    EXPECT_EQ(later.ask("job.get", R"({"idem":"k1"})").code(), "unknown-job");
}

TEST_F(Erasure, ComesAfterWhatWasStillToBeWritten) {
    close();
    world.store_answers = false;
    const std::string other = client.open_case();
    client.ask("case.close", R"({"case":")" + other + "\"}");
    const auto before = world.held_appends.size();
    erase();
    // The questions and the appends go one way: what had been gathered by then was handed over first.
    EXPECT_TRUE(world.state().unsaved.empty());
    EXPECT_GE(world.held_appends.size(), before);
}

TEST_F(Erasure, TakesThePersonFromEntriesThatTheDiskRefusedMeanwhile) {
    print("k1");
    begin();
    world.store_answers = false;
    host_says(Type::host_final, printed("exit"));
    close();
    const auto asked = erase();
    ASSERT_TRUE(client.is_open(asked));
    answer(all_of_it());
    for (const auto token : std::exchange(world.held_appends, {}))
        world.step(AppendFailed{token, true, "full"});
    for (const auto& entry : world.state().backlog.entries)
        EXPECT_EQ(entry.personal.find(visit), std::string::npos) << entry.body;
    world.store_answers = true;
    world.pass_ms(1'100);
    EXPECT_FALSE(is_in_memory_or_on_disk());
}

TEST_F(Erasure, SaysWhenTracesAreLeftAndForgetsAllTheSame) {
    print_and_close();
    const auto asked = erase();
    answer(all_of_it(), model::make_error(model::Code::disk_full, "traces are left; make room"));
    EXPECT_EQ(client.reply(asked).code(), "disk-full");
    EXPECT_FALSE(is_in_memory_or_on_disk());
}

TEST_F(Erasure, OfNothingIsSaid) {
    print_and_close();
    const auto asked = erase();
    answer({visit, 0, {}, false});
    EXPECT_EQ(client.reply(asked).code(), "unknown-case");
    EXPECT_EQ(client.reply(asked)["path"], "params.case");
}

TEST_F(Erasure, IsRefusedBeforeTheVisitIsOver) {
    const auto open = erase();
    EXPECT_EQ(client.reply(open).code(), "busy");
    EXPECT_NE(client.reply(open)["message"].find("case.close"), std::string::npos);
    print("k1");
    begin();
    client.send("case.close", R"({"case":")" + visit + "\"}"); // waits for the card
    EXPECT_EQ(client.reply(erase()).code(), "busy");
    EXPECT_TRUE(world.journal_questions.empty());
}

TEST_F(Erasure, IsRefusedWhileNobodyKnowsWhatBecameOfACard) {
    print("k1");
    begin();
    world.die(world.host_id(cp));
    close();
    const auto refused = client.reply(erase());
    EXPECT_EQ(refused.code(), "reconcile-first");
    EXPECT_EQ(refused["job"], world.state().ended_ids.begin()->first);
    client.ask("job.reconcile", R"({"job":")" + refused["job"] + R"(","effect":"none","by":"Sari","second":"Rina"})");
    EXPECT_TRUE(client.is_open(erase()));
}

TEST_F(Erasure, IsRefusedWithAReasonThatNamesTheCase) {
    close();
    const auto refused = client.reply(erase("", "the person of " + visit));
    EXPECT_EQ(refused.code(), "out-of-range");
    EXPECT_EQ(refused["path"], "params.reason");
}

TEST_F(Erasure, IsRefusedWhileNothingCanBeWritten) {
    close();
    world.store_fails = true;
    client.open_case();
    EXPECT_EQ(client.reply(erase()).code(), "journal-failed");
    world.store_is_full = true;
    world.store_fails = false;
    world.pass_ms(1'100);
    world.store_fails = true;
    client.open_case();
    EXPECT_EQ(client.reply(erase()).code(), "disk-full");
    EXPECT_TRUE(world.journal_questions.empty());
}

} // namespace
} // namespace rekam::broker
