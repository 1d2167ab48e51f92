// SPDX-License-Identifier: Apache-2.0
// The pictures of a preview, one at a time for each consumer, whose buffers always go back.
#include "tests/unit/gate/handover_harness.h"

namespace rekam::gate::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(Handing, AConsumerGetsTheBuffersOnceAndAPictureWhenItAsks) {
    const auto number = preview(2);
    buffers(number, 1, {50, 51});
    watch(1, tickets[0]);
    const auto sent = gate.all<SendData>();
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(sent[1]->text, R"({"buffers":{"pool":1,"bytes":1048576,"count":2}})");
    EXPECT_THAT(sent[1]->descriptors, ElementsAre(50, 51));
    picture(number, 1);
    EXPECT_EQ(shown(1), 0) << "it has not asked";
    EXPECT_THAT(returned(), IsEmpty()) << "it waits for it";
    EXPECT_TRUE(gate.only<SendClient>()) << "what is drawn over it comes as progress";
    EXPECT_THAT(gate.only<SendClient>()->parts, IsEmpty());
    next(1);
    EXPECT_EQ(shown(1), 1);
    picture(number, 2);
    EXPECT_EQ(shown(1), 0) << "it has one";
    next(1, 1);
    EXPECT_EQ(shown(1), 2);
    EXPECT_THAT(returned(), ElementsAre(1));
    next(1, 2);
    EXPECT_THAT(returned(), ElementsAre(2));
    picture(number, 3);
    EXPECT_EQ(shown(1), 3) << "it was waiting";
}

TEST_F(Handing, ASlowClientGetsItsTicketsAllTheSame) {
    const auto number = preview(1);
    SendClient word = std::move(*gate.only<SendClient>());
    gate.step(SendRefused{std::move(word), SendRefused::Reason::full});
    for (std::int64_t generation = 1; generation < 4; ++generation)
        picture(number, generation);
    gate.tick(20 * us_per_ms);
    std::size_t with_tickets = 0;
    for (const auto* sent : gate.all<SendClient>())
        with_tickets += sent->header.find(R"("tickets":[)") != std::string::npos ? 1 : 0;
    EXPECT_EQ(gate.all<SendClient>().size(), 2u) << "of the others only the newest";
    EXPECT_EQ(with_tickets, 1u);
}

TEST_F(Handing, TheNewestWaitsAndTheOthersGoBack) {
    const auto number = preview(1);
    buffers(number, 1, {50, 51});
    picture(number, 1);
    EXPECT_THAT(returned(), ElementsAre(1)) << "nobody watches";
    watch(1, tickets[0]);
    picture(number, 2);
    picture(number, 3);
    EXPECT_THAT(returned(), ElementsAre(2));
    next(1);
    EXPECT_EQ(shown(1), 3);
}

TEST_F(Handing, AConsumerThatStallsOrDiesCostsTheOthersNothing) {
    const auto number = preview(2);
    buffers(number, 1, {50, 51});
    watch(1, tickets[0]);
    watch(2, tickets[1]);
    next(1);
    next(2);
    picture(number, 1);
    EXPECT_EQ(shown(1), 1);
    EXPECT_EQ(shown(2), 1);
    for (std::int64_t generation = 2; generation < 9; ++generation) { // 2 never gives anything back
        next(1, generation - 1);
        EXPECT_THAT(returned(), IsEmpty()) << "2 has it, or waits for it";
        picture(number, generation);
        EXPECT_EQ(shown(1), generation);
        EXPECT_EQ(returned(), generation == 2 ? std::vector<std::int64_t>{} : std::vector{generation - 1});
    }
    gate.step(DataClosed{2});
    EXPECT_THAT(returned(), ElementsAre(1)) << "what it had; what it waited for is still with the other";
    next(1, 8);
    EXPECT_THAT(returned(), ElementsAre(8));
}

TEST_F(Handing, OnlyWhatItHasIsTakenBack) {
    const auto number = preview(2);
    buffers(number, 1, {50, 51});
    watch(1, tickets[0]);
    watch(2, tickets[1]);
    next(1);
    picture(number, 1);
    next(2, 1);
    EXPECT_EQ(refused(2), "bad-request") << "that one is the other's";
    next(1);
    EXPECT_EQ(refused(1), "bad-request") << "one at a time";
    EXPECT_THAT(returned(), ElementsAre(1)) << "its connection has ended";
}

TEST_F(Handing, ALaterPictureInTheSameBufferIsAnother) {
    const auto number = preview(1);
    buffers(number, 1, {50, 51});
    watch(1, tickets[0]);
    next(1);
    picture(number, 1);
    next(1, 1);
    picture(number, 3); // the same buffer
    EXPECT_EQ(shown(1), 3);
    say(1, R"({"back":)" + wire::encode(wire::BufferRef{1, 1, 1}) + "}");
    EXPECT_EQ(refused(1), "bad-request");
    EXPECT_THAT(returned(), ElementsAre(3)) << "by its end, not by the old word";
}

TEST_F(Handing, ANewPoolTakesThePlaceOfTheOld) {
    const auto number = preview(1);
    buffers(number, 1, {50, 51});
    watch(1, tickets[0]);
    next(1);
    picture(number, 1);
    buffers(number, 2, {60, 61});
    EXPECT_THAT(closed(), ElementsAre(50, 51));
    EXPECT_THAT(gate.only<SendData>()->descriptors, ElementsAre(60, 61));
    picture(number, 2, 1);
    EXPECT_THAT(returned(), ElementsAre(2)) << "of a pool that is gone";
    picture(number, 3, 2);
    next(1, 1);
    EXPECT_EQ(shown(1), 3);
    EXPECT_EQ(handover().charged(9), 4 * megabyte);
}

TEST_F(Handing, EverythingEndsWithThePreview) {
    const auto number = preview(3);
    buffers(number, 1, {50, 51});
    watch(1, tickets[0]);
    watch(2, tickets[1]);
    next(1);
    picture(number, 1);
    final(number);
    std::vector<DataKey> told;
    for (const auto* sent : gate.all<SendData>()) {
        EXPECT_EQ(sent->text, R"({"end":true})");
        told.push_back(sent->connection);
    }
    EXPECT_THAT(told, ElementsAre(1, 2));
    EXPECT_THAT(closed(), ElementsAre(50, 51));
    EXPECT_EQ(handover().tickets(), 0u);
    next(1, 1);
    EXPECT_TRUE(gate.last.empty()) << "it was under way";
    picture(number, 2);
    EXPECT_EQ(shown(2), 0);
    EXPECT_EQ(handover().charged(9), 2 * megabyte) << "they have it mapped";
    gate.step(DataClosed{1});
    gate.step(DataClosed{2});
    EXPECT_EQ(handover().streams(), 0u);
    EXPECT_EQ(handover().charged(9), 0);
    connect(3);
    show(3, tickets[2]);
    EXPECT_EQ(refused(3), "denied");
}

TEST_F(Handing, APreviewWhoseClientHasGoneIsOver) {
    const auto number = preview(1);
    buffers(number, 1, {50, 51});
    watch(1, tickets[0]);
    picture(number, 1);
    SendClient word = std::move(*gate.only<SendClient>());
    gate.step(SendRefused{std::move(word), SendRefused::Reason::unreachable});
    EXPECT_EQ(gate.only<SendData>()->text, R"({"end":true})");
    picture(number, 2);
    EXPECT_THAT(returned(), ElementsAre(2)) << "its host must not run out of buffers";
    buffers(number, 2, {60});
    EXPECT_THAT(closed(), ElementsAre(60));
}

TEST_F(Handing, TheEndOfTheGateClosesAll) {
    ASSERT_EQ(ask_ticket(40), "");
    const auto number = preview(1);
    buffers(number, 1, {50, 51});
    gate.broker(from_broker(wire::Type::gate_stop));
    EXPECT_THAT(closed(), ::testing::UnorderedElementsAre(40, 50, 51));
    EXPECT_EQ(gate.only<Exit>()->code, 0);
    connect(1);
    EXPECT_TRUE(gate.last.empty());
}

} // namespace
} // namespace rekam::gate::testing
