// SPDX-License-Identifier: Apache-2.0
// The public stream, and the small pieces of the table that have rules of their own.
#include "core/gate/identity.h"
#include "tests/unit/gate/harness.h"

namespace rekam::gate::testing {
namespace {

wire::Message event(const std::string& stream, std::int64_t seq, std::string data = R"({"x":1})") {
    return from_broker(wire::Type::gate_event, 0, std::move(data), wire::encode(wire::EventHead{stream, seq}));
}

TEST(Feed, AnEventCarriesItsStationAndNumber) {
    Gate gate;
    gate.open();
    gate.broker(event("slot.photo", 42));
    const auto* sent = gate.only<Publish>();
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->topic, "slot.photo");
    EXPECT_EQ(
        sent->json,
        R"({"v":1,"station":"st-1","station_epoch":17,"gate_epoch":3,"stream":"slot.photo","seq":42,"data":{"x":1}})");
}

TEST(Feed, NumbersOnlyGrow) {
    Gate gate;
    gate.open();
    for (const std::int64_t seq : {41, 40, 0})
        EXPECT_TRUE(gate.broker(event("slot.photo", seq)).empty()) << seq;
    EXPECT_TRUE(gate.only<Publish>() || !gate.broker(event("slot.photo", 44)).empty()); // a gap is for clients to see
    EXPECT_TRUE(gate.broker(event("slot.photo", 44)).empty());
    gate.tick(us_per_s);
    const auto sent = gate.only<SendBroker>();
    ASSERT_TRUE(sent);
    EXPECT_EQ(wire::decode<wire::GateCounters>(sent->message.json)->events_dropped, 4);
}

TEST(Feed, ABrokenEventEndsTheGate) {
    for (auto message : {event("slot.photo", 42, "7"), from_broker(wire::Type::gate_event, 0, "{}", "no head")}) {
        Gate gate;
        gate.open();
        gate.broker(std::move(message));
        EXPECT_EQ(gate.only<Exit>()->code, 1);
    }
}

TEST(Feed, BeatsNameWhatChangedOrIsListenedTo) {
    Gate gate;
    gate.open();
    EXPECT_EQ(gate.table.next_deadline_us(), gate.now.mono_us + us_per_s);
    const auto beat = [&] {
        gate.tick(us_per_s);
        const auto* sent = gate.only<Publish>();
        EXPECT_EQ(sent->topic, "$beat");
        return boost::json::serialize(boost::json::parse(sent->json).as_object()["seq"]);
    };
    EXPECT_EQ(beat(), "{}");
    gate.broker(event("plugin.p", 1));
    EXPECT_EQ(beat(), R"({"plugin.p":1})");
    EXPECT_EQ(beat(), "{}");
    gate.step(Subscription{true, "slot."});
    gate.step(Subscription{true, "$beat"});
    EXPECT_EQ(beat(), R"({"slot.photo":41})");
    gate.step(Subscription{true, ""});
    EXPECT_EQ(beat(), R"({"plugin.p":1,"slot.photo":41,"station":5})");
    gate.step(Subscription{false, ""});
    gate.step(Subscription{false, "slot."});
    gate.step(Subscription{false, "never there"});
    EXPECT_EQ(beat(), "{}");
    EXPECT_TRUE(gate.tick(us_per_ms).empty());
}

TEST(Feed, TheBrokerHearsWhatIsListenedTo) {
    Gate gate;
    gate.open();
    const auto told = [&](const Subscription& change) {
        gate.step(change);
        const auto* sent = gate.only<SendBroker>();
        EXPECT_EQ(sent->message.prefix.type, wire::Type::gate_interest);
        return sent->message.json;
    };
    EXPECT_EQ(told({true, "slot.photo"}), R"({"prefixes":["slot.photo"]})");
    EXPECT_EQ(told({true, "device."}), R"({"prefixes":["device.","slot.photo"]})");
    EXPECT_TRUE(gate.step(Subscription{true, "device."}).empty()) << "nothing has changed";
    EXPECT_EQ(told({true, ""}), R"({"prefixes":[""]})");
    EXPECT_TRUE(gate.step(Subscription{false, "device."}).empty());
    EXPECT_EQ(told({false, ""}), R"({"prefixes":["slot.photo"]})");
    EXPECT_EQ(told({false, "slot.photo"}), R"({"prefixes":[]})");
    for (int i = 0; i < 64; ++i)
        gate.step(Subscription{true, "slot.s" + std::to_string(i)});
    EXPECT_EQ(told({true, "slot.one-too-many"}), R"({"prefixes":[""]})") << "too many to name";
}

TEST(Feed, SubscriptionsAreBounded) {
    Bounds bounds;
    bounds.subscriptions = 2;
    Gate gate(bounds);
    gate.open();
    gate.step(Subscription{true, std::string(600, 'x')}); // no stream can match it
    EXPECT_EQ(gate.table.feed().prefixes(), 0u);
    for (const auto* prefix : {"a", "b", "c", "d"})
        gate.step(Subscription{true, prefix});
    EXPECT_EQ(gate.table.feed().prefixes(), 2u);
    gate.tick(us_per_s);
    EXPECT_THAT(gate.only<Publish>()->json, ::testing::HasSubstr(R"("slot.photo":41)")); // all count as listened to
}

TEST(Feed, CountersGoToTheBrokerWhenTheyChange) {
    Gate gate;
    gate.open();
    gate.client(from_client("nonsense"));
    gate.now.mono_us += us_per_s;
    gate.step(Tick{{5, 6}});
    const auto* sent = gate.only<SendBroker>();
    ASSERT_TRUE(sent);
    const auto counters = wire::decode<wire::GateCounters>(sent->message.json);
    EXPECT_EQ(counters->bad_requests, 1);
    EXPECT_EQ(counters->requests, 1);
    EXPECT_EQ(counters->http_closed, 5);
    EXPECT_EQ(counters->refused_connections, 6);
    gate.now.mono_us += us_per_s;
    gate.step(Tick{{5, 6}});
    EXPECT_TRUE(gate.all<SendBroker>().empty());
}

TEST(Identity, Names) {
    EXPECT_EQ(principal_name({"ipc", 0, 0, 1, false}), "uid:0");
    EXPECT_EQ(principal_name({"tcp", {}, {}, {}, false}), "tcp:key");
    EXPECT_EQ(principal_name({"tcp", 5, {}, {}, true}), "tcp:key");
    EXPECT_EQ(principal_name({"ipc", {}, 5, 5, true}), "");
    EXPECT_EQ(principal_name({"", 5, 5, 5, true}), "");
}

TEST(Identity, Secrets) {
    EXPECT_TRUE(same_secret("abc", "abc"));
    EXPECT_FALSE(same_secret("abcabc", "abc"));
    EXPECT_FALSE(same_secret("ab", "abc"));
    EXPECT_FALSE(same_secret("abd", "abc"));
    EXPECT_FALSE(same_secret("", "abc"));
    EXPECT_FALSE(same_secret("", ""));
}

} // namespace
} // namespace rekam::gate::testing
