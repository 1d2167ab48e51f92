// SPDX-License-Identifier: Apache-2.0 OR MIT
// What technicians and supervisors do, and a card that is found at the chip although a gate died with the word of it.
#include "sdk/client/cpp/tests/fake.h"

namespace rekam {
namespace {

class UpkeepTest : public PeerTest {
  protected:
    static PrintRequest card(std::optional<Reprint> reprint = {}) {
        PrintRequest request{.slot = "document"};
        request.front = Picture{{std::byte{1}}, "image/png", {}};
        request.reprint = std::move(reprint);
        return request;
    }
    void lose_the_next_card() {
        fake.command(R"({"do":"set","card_error":{"code":"plugin-crashed","class":"technician","retry":"after-fix",)"
                     R"("effect":"unknown","hint":"look-at-card","message":"nobody saw the end: look at the card"}})");
    }

    Station station = connect();
};

TEST_F(UpkeepTest, hold_and_release) {
    const auto held = station.hold("photo", "lens cracked", "Budi");
    EXPECT_EQ(held.admin, "held");
    EXPECT_EQ(held.reason, "lens cracked");
    EXPECT_NE(held.json.find("\"by\":\"Budi\""), std::string::npos) << held.json;
    EXPECT_EQ(station.slot("photo").admin, "held");
    EXPECT_EQ(station.release("photo").admin, "in-service");
    EXPECT_EQ(fake.sent("slot.release"), 1);
}

TEST_F(UpkeepTest, statistics) {
    const auto figures = station.statistics("sane:test:0");
    EXPECT_EQ(figures.device, "sane:test:0");
    EXPECT_EQ(figures.captures, 41);
    EXPECT_EQ(figures.busy_ms, 3'720'000);
    EXPECT_EQ(figures.failures, (std::map<std::string, std::int64_t>{{"feeder-empty", 5}, {"jam", 2}}));
    EXPECT_EQ(figures.reset_by, "");
    EXPECT_GT(figures.since_utc_us, 0);
    station.statistics("sane:test:0", "Budi");
    EXPECT_EQ(station.statistics("sane:test:0").reset_by, "Budi");
    refused("unknown-device", [&] { station.statistics("sane:test:9"); });
}

TEST_F(UpkeepTest, the_ledger_of_blank_cards) {
    EXPECT_EQ(station.load_cards("printer", 100, "Sari").left, 100);
    EXPECT_EQ(station.count_cards("printer", 98, "Sari", "evening").difference, -2);
    const auto spoiled = station.spoil_cards("printer", 3, "Sari", "wet");
    EXPECT_EQ(spoiled.spoiled, 3);
    EXPECT_EQ(spoiled.left, 95);
    ASSERT_EQ(station.hoppers().size(), 1U);
    EXPECT_EQ(station.hoppers()[0].device, "acme/cp-1");
    EXPECT_NE(station.hopper("printer").json.find("B-7"), std::string::npos);
}

TEST_F(UpkeepTest, a_card_that_nobody_saw_is_settled_and_made_again) {
    auto visit = station.open_case("issue");
    auto lease = visit.lease({"document"});
    lose_the_next_card();
    const auto lost = refused("plugin-crashed", [&] { lease.print(card()); });
    EXPECT_EQ(lost.effect, "unknown");
    ASSERT_EQ(station.open_outcomes().size(), 1U);
    EXPECT_EQ(station.open_outcomes()[0].job, lost.job);
    EXPECT_EQ(refused("reconcile-first", [&] { lease.print(card()); }).job, lost.job);
    refused("out-of-range", [&] { station.reconcile({lost.job, "done", "Sari", "Sari"}); });
    const auto settled = station.reconcile({lost.job, "done", "Sari", "Rina", "in the tray", "issued"});
    EXPECT_EQ(settled.job, lost.job);
    EXPECT_NE(settled.json.find("\"reconciled\""), std::string::npos);
    EXPECT_TRUE(station.open_outcomes().empty());
    refused("reprint-needed", [&] { lease.print(card()); });
    fake.command(R"({"do":"set","card_states":["running","sent"]})");
    const auto again = lease.print(card(Reprint{lost.job, "scratched", "Rina"}));
    EXPECT_EQ(again.card_at, "exit");
    EXPECT_NE(again.json.find("scratched"), std::string::npos);
}

TEST_F(UpkeepTest, a_case_is_erased) {
    auto visit = station.open_case("enrol");
    const std::string id = visit.id();
    refused("busy", [&] { station.erase(id, "asked for by law"); });
    visit.close();
    EXPECT_EQ(station.erase(id, "asked for by law", "Sari"), 4);
    refused("unknown-case", [&] { station.erase(id, "again"); });
}

TEST_F(UpkeepTest, the_day_in_figures) {
    EXPECT_NE(station.report("2026-11-26").find("\"day\":\"2026-11-26\""), std::string::npos);
    EXPECT_NE(station.report().find("\"visits\":7"), std::string::npos);
    EXPECT_EQ(refused("out-of-range", [&] { station.report("2026-02-30"); }).path, "params.day");
}

TEST_F(UpkeepTest, a_card_is_at_the_chip_although_the_gate_died_with_the_word_of_it) {
    fake.command(R"({"do":"set","card_states":["running"],"card_ends":false})");
    auto visit = station.open_case("issue");
    auto lease = visit.lease({"document"});
    auto request = card();
    request.steps = {"chip", "print"};
    request.encoder = "photo";
    auto print = lease.start_print(request);
    wait_for([&] { return fake.command(R"({"do":"card_state"})") == "\"running\""; }, "the card is on its way");
    // While the gate is away the card begins and comes to the chip: nobody hears of either.
    fake.command(R"({"do":"restart_gate","down_ms":300})");
    fake.command(R"({"do":"set","card_states":["sent","waiting"]})");
    wait_for([&] { return fake.command(R"({"do":"card_state"})") == "\"waiting\""; }, "the card is at the chip");
    EXPECT_TRUE(print.wait_chip()) << "the job's record says so";
    fake.command(R"({"do":"set","card_ends":true})");
    EXPECT_EQ(print.result().card_at, "exit");
    EXPECT_LE(fake.sent("print.start"), 2) << "sent again at most, under its key";
}

TEST_F(UpkeepTest, one_that_waits_for_the_printer_is_not_at_the_chip) {
    fake.command(R"({"do":"set","card_states":["waiting-for-printer"],"card_ends":false})");
    auto visit = station.open_case("issue");
    auto lease = visit.lease({"document"});
    auto print = lease.start_print(card());
    wait_for([&] { return fake.command(R"({"do":"card_state"})") == "\"waiting\""; }, "the card waits");
    fake.command(R"({"do":"set","card_ends":true})");
    EXPECT_FALSE(print.wait_chip()) << "it ended without having been there";
    EXPECT_EQ(print.result().card_at, "exit");
}

} // namespace
} // namespace rekam
