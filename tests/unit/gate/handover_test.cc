// SPDX-License-Identifier: Apache-2.0
// Tickets for frames: who, once, how long, how much; and what ends a connection.
#include "tests/unit/gate/handover_harness.h"

namespace rekam::gate::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(Handing, AFrameGoesToWhoShowsItsTicketAndOnlyOnce) {
    ASSERT_EQ(ask_ticket(), "");
    const auto& result = gate.answer["result"].as_object();
    EXPECT_EQ(ticket, "01010101010101010101010101010101");
    EXPECT_EQ(result.at("socket").as_string(), "/run/rekam/data");
    EXPECT_EQ(result.at("hash").as_string(), "h");
    EXPECT_EQ(handover().descriptors(), 1u);
    connect(1);
    EXPECT_TRUE(gate.last.empty());
    show(1, ticket);
    const auto* sent = gate.only<SendData>();
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->connection, 1u);
    EXPECT_EQ(sent->text, R"({"ok":true,"frame":"F-1-1","bytes":700,"hash":"h"})");
    EXPECT_THAT(sent->descriptors, ElementsAre(40));
    EXPECT_THAT(closed(), ElementsAre(40)) << "the holder has its own of it";
    EXPECT_EQ(handover().charged(9), 700) << "until it ends its connection";
    connect(2);
    show(2, ticket);
    EXPECT_EQ(refused(2), "denied");
    gate.step(DataClosed{1});
    EXPECT_EQ(handover().charged(9), 0);
    EXPECT_EQ(handover().connections(), 0u);
}

TEST_F(Handing, AnotherUserGetsNothingAndTheTicketStaysGood) {
    ASSERT_EQ(ask_ticket(), "");
    connect(1, 1001);
    show(1, ticket);
    EXPECT_EQ(refused(1), "denied");
    connect(2);
    show(2, ticket);
    EXPECT_TRUE(gate.only<SendData>());
    EXPECT_THAT(closed(), ElementsAre(40));
}

TEST_F(Handing, ATicketIsTooOldAfterItsTime) {
    ASSERT_EQ(ask_ticket(), "");
    EXPECT_LE(gate.table.next_deadline_us(), gate.now.mono_us + 10 * us_per_s);
    connect(1);
    gate.now.mono_us += 10 * us_per_s; // the tick comes late
    show(1, ticket);
    EXPECT_THAT(closed(), ElementsAre(40));
    EXPECT_THAT(gate.all<SendData>(), IsEmpty()) << "who did not show it for so long is gone too";
    EXPECT_EQ(handover().tickets(), 0u);
    EXPECT_EQ(handover().descriptors(), 0u);
}

TEST_F(Handing, WhoShowsNothingIsDisconnected) {
    connect(1);
    gate.tick(4 * us_per_s);
    EXPECT_THAT(gate.all<CloseData>(), IsEmpty());
    gate.tick(us_per_s);
    ASSERT_TRUE(gate.only<CloseData>());
    EXPECT_EQ(gate.only<CloseData>()->connection, 1u);
    say(1, "{}");
    EXPECT_TRUE(gate.last.empty());
}

TEST_F(Handing, TicketsOfASessionAreBounded) {
    for (wire::Descriptor i = 0; i < 3; ++i)
        ASSERT_EQ(ask_ticket(40 + i), "");
    EXPECT_EQ(ask_ticket(50), "too-many");
    gate.join(token_b, 10, "B");
    EXPECT_EQ(ask_ticket(51, 700, token_b, "B"), "") << "others have their own";
    connect(1);
    show(1, ticket);
    gate.tick(10 * us_per_s);
    EXPECT_EQ(ask_ticket(52), "");
}

TEST_F(Handing, WhatIsHandedOutIsChargedUntilTheConnectionEnds) {
    for (wire::Descriptor i = 0; i < 2; ++i) {
        ASSERT_EQ(ask_ticket(40 + i, 4 * megabyte), "");
        connect(static_cast<DataKey>(i) + 1);
        show(static_cast<DataKey>(i) + 1, ticket);
    }
    EXPECT_EQ(ask_ticket(42, 4 * megabyte), "too-large");
    EXPECT_THAT(closed(), ElementsAre(42));
    gate.step(DataClosed{1});
    EXPECT_EQ(ask_ticket(43, 4 * megabyte), "");
}

TEST_F(Handing, SeveralFramesOfOneSessionMayComeToOneConnection) {
    connect(1);
    ASSERT_EQ(ask_ticket(40), "");
    show(1, ticket);
    ASSERT_EQ(ask_ticket(41), "");
    show(1, ticket);
    EXPECT_TRUE(gate.only<SendData>());
    EXPECT_EQ(handover().charged(9), 1'400);
    gate.join(token_b, 10, "B");
    ASSERT_EQ(ask_ticket(42, 700, token_b, "B"), "");
    show(1, ticket);
    EXPECT_EQ(refused(1), "bad-request") << "whose charge would it be?";
    EXPECT_EQ(handover().charged(9), 0);
}

TEST_F(Handing, ConnectionsAreBoundedForEachUserAndInAll) {
    for (DataKey key = 1; key <= 4; ++key) {
        connect(key);
        EXPECT_TRUE(gate.last.empty());
    }
    connect(5);
    EXPECT_EQ(gate.only<CloseData>()->connection, 5u);
    for (DataKey key = 6; key <= 7; ++key) {
        connect(key, 1001);
        EXPECT_TRUE(gate.last.empty());
    }
    connect(8, 1002);
    EXPECT_EQ(gate.only<CloseData>()->connection, 8u);
    gate.step(DataClosed{1});
    connect(9, 1002);
    EXPECT_TRUE(gate.last.empty());
}

TEST_F(Handing, GarbageEndsTheConnection) {
    DataKey key = 0;
    for (const std::string text : {"", "{", "[]", R"({"stop":1})", R"({"ticket":"short"})", R"({"next":true})",
                                   R"({"back":{"pool":1,"buffer":0,"generation":1}})"}) {
        connect(++key);
        say(key, text);
        EXPECT_NE(refused(key), "no refusal") << text;
        EXPECT_EQ(handover().connections(), 0u);
    }
}

TEST_F(Handing, OverTcpOrWithoutASocketThereAreNoTickets) {
    auto asking = from_client(header("frame.get", "t", token_a, R"("params":{"frame":"F-1-1","as":"ticket"})"));
    asking.principal = {"tcp", {}, {}, {}, true};
    gate.client(std::move(asking));
    EXPECT_EQ(gate.refused(), "unknown-session") << "a session of ipc is none of tcp";
    Gate bare;
    bare.open();
    bare.join(token_a, 9);
    bare.client(from_client(header("frame.get", "t", token_a, R"("params":{"frame":"F-1-1","as":"ticket"})")));
    EXPECT_EQ(bare.refused(), "not-covered");
    bare.step(DataConnected{1, 1000});
    EXPECT_TRUE(bare.only<CloseData>());
}

TEST_F(Handing, OverTcpATicketIsDenied) {
    auto hello_there = from_client(hello("h", R"(,"station_key":"a very long station key")"), "T");
    hello_there.principal = {"tcp", {}, {}, {}, false};
    gate.client(std::move(hello_there));
    const auto number = gate.only<SendBroker>()->message.prefix.request;
    gate.broker(from_broker(wire::Type::gate_reply, number, R"({"session":"x"})",
                            wire::encode(wire::SessionGrant{11, token_b, "tcp:key", {model::Role::station}})));
    for (const std::string& request : {header("frame.get", "1", token_b, R"("params":{"frame":"F-1-1","as":"ticket"})"),
                                       header("preview.start", "2", token_b,
                                              R"("progress":true,"lease":"L-1","params":{"slot":"a","tickets":1})")}) {
        auto asking = from_client(request, "T");
        asking.principal = {"tcp", {}, {}, {}, false};
        gate.client(std::move(asking));
        EXPECT_EQ(gate.refused(), "denied") << request;
    }
}

TEST_F(Handing, AReplyThatIsNoTicketsEndsTheGate) {
    const auto number =
        gate.ask(from_client(header("frame.get", "f", token_a, R"("params":{"frame":"F-1-1","as":"ticket"})")));
    auto message = from_broker(wire::Type::gate_reply, number, R"({"frame":"F-1-1"})");
    message.prefix.flags = wire::flag_ticket;
    message.descriptors = {40};
    gate.broker(std::move(message));
    EXPECT_EQ(gate.table.phase(), Phase::ended);
    EXPECT_THAT(closed(), ElementsAre(40));
}

} // namespace
} // namespace rekam::gate::testing
