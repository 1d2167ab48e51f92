// SPDX-License-Identifier: Apache-2.0
// What the broker says to the gate's table, in every phase, and that its mistakes end the gate with a clear word.
#include "tests/unit/gate/harness.h"

#include "core/wire/tables.h"

namespace rekam::gate::testing {
namespace {

using ::testing::HasSubstr;

/// Ended with code 1, one log line, and nothing sent to anybody.
void expect_violation(Gate& gate, const std::string& what) {
    ASSERT_TRUE(gate.only<Exit>()) << what;
    EXPECT_EQ(gate.only<Exit>()->code, 1);
    ASSERT_TRUE(gate.only<Log>());
    EXPECT_EQ(gate.only<Log>()->level, Level::error);
    EXPECT_THAT(gate.only<Log>()->message, HasSubstr(what));
    EXPECT_TRUE(gate.all<SendClient>().empty());
    EXPECT_EQ(gate.table.phase(), Phase::ended);
    EXPECT_EQ(gate.table.next_deadline_us(), never_us);
}

TEST(Broker, HelloThenConfigurationThenSockets) {
    Gate gate;
    EXPECT_EQ(gate.table.next_deadline_us(), never_us);
    gate.step(Started{"b-1", 77});
    const auto* sent = gate.only<SendBroker>();
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->message.prefix.type, wire::Type::gate_hello);
    EXPECT_EQ(wire::decode<wire::ChildHello>(sent->message.json)->build, "b-1");
    EXPECT_EQ(wire::decode<wire::ChildHello>(sent->message.json)->pid, 77);
    EXPECT_TRUE(gate.step(Started{"again", 1}).empty());
    gate.broker(from_broker(wire::Type::gate_config, 0, wire::encode(config())));
    const auto* open = gate.only<Open>();
    ASSERT_TRUE(open);
    EXPECT_EQ(open->config.gate_epoch, 3);
    EXPECT_EQ(open->welcome,
              R"($welcome {"v":1,"station":"st-1","station_epoch":17,"gate_epoch":3,"stream":"$welcome"})");
}

TEST(Broker, EveryMessageInEveryPhase) {
    const std::vector<wire::Type> down{wire::Type::gate_config, wire::Type::gate_reply, wire::Type::gate_progress,
                                       wire::Type::gate_event,  wire::Type::gate_ping,  wire::Type::gate_stop};
    const auto body = [](wire::Type type) {
        auto message = from_broker(type, 999, "{}"); // no request has this number
        if (type == wire::Type::gate_config)
            message.json = wire::encode(config());
        if (type == wire::Type::gate_event)
            message.tail = wire::encode(wire::EventHead{"slot.photo", 42});
        return message;
    };
    for (const auto type : down) {
        Gate fresh;
        EXPECT_TRUE(fresh.broker(body(type)).empty());
        EXPECT_EQ(fresh.table.phase(), Phase::fresh);

        Gate starting;
        starting.step(Started{"b", 1});
        starting.broker(body(type));
        const bool ends = type == wire::Type::gate_event || type == wire::Type::gate_stop;
        EXPECT_EQ(starting.table.phase(), ends                              ? Phase::ended
                                          : type == wire::Type::gate_config ? Phase::open
                                                                            : Phase::starting);

        Gate open;
        open.open();
        open.broker(body(type));
        const bool ended = type == wire::Type::gate_config || type == wire::Type::gate_stop;
        EXPECT_EQ(open.table.phase(), ended ? Phase::ended : Phase::open);
        if (type == wire::Type::gate_config)
            expect_violation(open, "came twice");

        EXPECT_TRUE(open.broker(from_broker(wire::Type::gate_stop)).empty() || !ended);
    }
}

TEST(Broker, MessagesOfOtherBoundariesEndTheGate) {
    for (const auto& row : wire::rows()) {
        if (row.boundary == wire::Boundary::gate && row.direction == wire::Direction::from_broker)
            continue;
        Gate gate;
        gate.open();
        gate.broker(from_broker(row.type));
        expect_violation(gate, std::string(row.name));
    }
    Gate gate;
    gate.open();
    auto ping = from_broker(wire::Type::gate_ping);
    ping.descriptors = {5};
    gate.broker(ping);
    EXPECT_EQ(gate.only<CloseDescriptor>()->descriptor, 5);
    EXPECT_EQ(gate.table.phase(), Phase::ended);
}

TEST(Broker, APingIsAnswered) {
    Gate gate;
    gate.step(Started{"b", 1});
    gate.broker(from_broker(wire::Type::gate_ping)); // a slow start is no death
    EXPECT_EQ(gate.only<SendBroker>()->message.prefix.type, wire::Type::gate_pong);
    gate.broker(from_broker(wire::Type::gate_config, 0, wire::encode(config())));
    gate.broker(from_broker(wire::Type::gate_ping));
    EXPECT_EQ(gate.only<SendBroker>()->message.prefix.type, wire::Type::gate_pong);
    EXPECT_EQ(gate.only<SendBroker>()->message.prefix.incarnation, 3u);
}

TEST(Broker, BadConfigurationsEndTheGate) {
    auto no_epoch = config();
    no_epoch.gate_epoch = 0;
    auto no_limit = config();
    no_limit.limits.sessions = 0;
    for (const auto& json :
         {std::string("{}"), std::string("nonsense"), wire::encode(no_epoch), wire::encode(no_limit)}) {
        Gate gate;
        gate.step(Started{"b", 1});
        gate.broker(from_broker(wire::Type::gate_config, 0, json));
        expect_violation(gate, "gate_config");
    }
}

TEST(Broker, AnswersForNobodyAreDroppedAndCounted) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    const auto number = gate.ask(from_client(header("station.get", "1", token_a, R"("progress":true,"params":{})")));
    for (const std::uint64_t incarnation : {0u, 2u, 4u}) { // an earlier gate's answer with a number of this gate
        auto late = from_broker(wire::Type::gate_reply, number, "{}", wire::encode(wire::Parts{{{0, 1}}}), incarnation);
        late.descriptors = {7};
        gate.broker(late);
        EXPECT_EQ(gate.only<CloseDescriptor>()->descriptor, 7);
        EXPECT_TRUE(gate.all<SendClient>().empty());
        gate.broker(from_broker(wire::Type::gate_progress, number, "{}", {}, incarnation));
        EXPECT_TRUE(gate.last.empty());
    }
    EXPECT_EQ(gate.table.dropped(), 6);
    EXPECT_EQ(gate.table.requests().size(), 1u);
    gate.broker(from_broker(wire::Type::gate_reply, number, "{}"));
    EXPECT_EQ(gate.refused(), "ok");
    gate.broker(from_broker(wire::Type::gate_reply, number, "{}"));
    EXPECT_TRUE(gate.last.empty()) << "a second final";
    gate.broker(from_broker(wire::Type::gate_progress, number, "{}"));
    EXPECT_TRUE(gate.last.empty()) << "progress after the final";
}

TEST(Broker, ProgressGoesToWhoAskedForIt) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    const auto with = gate.ask(from_client(header("station.get", "w", token_a, R"("progress":true,"params":{})")));
    const auto without = gate.ask(from_client(header("station.get", "o", token_a, R"("progress":false,"params":{})")));
    gate.broker(from_broker(wire::Type::gate_progress, with, R"({"percent":40})"));
    ASSERT_TRUE(gate.only<SendClient>());
    EXPECT_EQ(gate.only<SendClient>()->header, R"({"v":1,"id":"w","more":true,"progress":{"percent":40}})");
    EXPECT_EQ(gate.only<SendClient>()->kind, SendClient::Kind::progress);
    EXPECT_TRUE(gate.broker(from_broker(wire::Type::gate_progress, without, R"({"percent":40})")).empty());
}

TEST(Broker, ErrorsAreErrorsAndEndedSessionsAreForgotten) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    const auto error = wire::encode(model::make_error(model::Code::unknown_session, "it ended"));
    auto number = gate.ask(from_client(header("station.get", "1", token_a)));
    auto reply = from_broker(wire::Type::gate_reply, number, error);
    reply.prefix.flags = wire::flag_error;
    gate.broker(reply);
    EXPECT_EQ(gate.refused(), "unknown-session");
    EXPECT_EQ(gate.table.sessions().size(), 0u);
    EXPECT_EQ(gate.ask(from_client(header("station.get", "2", token_a))), 0u);
}

TEST(Broker, ARefusedHelloGrantsNothing) {
    Gate gate;
    gate.open();
    const auto number = gate.ask(from_client(hello()));
    auto reply = from_broker(wire::Type::gate_reply, number, R"({"code":"unknown-session"})");
    reply.prefix.flags = wire::flag_error;
    gate.broker(reply);
    EXPECT_EQ(gate.refused(), "unknown-session");
    EXPECT_EQ(gate.table.sessions().size(), 0u);
}

TEST(Broker, PartsComeWithTheirRanges) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    const auto number = gate.ask(from_client(header("frame.get", "f", token_a, R"("params":{"frame":"F-1-2"})")));
    auto reply = from_broker(wire::Type::gate_reply, number, "{}", wire::encode(wire::Parts{{{0, 100}, {4096, 50}}}));
    reply.descriptors = {20, 21};
    gate.broker(reply);
    const auto* sent = gate.only<SendClient>();
    ASSERT_TRUE(sent);
    ASSERT_EQ(sent->parts.size(), 2u);
    EXPECT_EQ(sent->parts[1].descriptor, 21);
    EXPECT_EQ(sent->parts[1].offset, 4096);
    EXPECT_EQ(sent->parts[1].length, 50);
    EXPECT_TRUE(gate.all<CloseDescriptor>().empty()); // the shell's now
    const auto* taken = gate.only<SendBroker>();
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->message.prefix.type, wire::Type::gate_taken);
    EXPECT_EQ(wire::decode<wire::Taken>(taken->message.json)->descriptors, 2);
}

TEST(Broker, BrokenAnswersEndTheGate) {
    struct Case {
        std::string what, json, tail;
        std::vector<wire::Descriptor> descriptors;
        bool to_hello = false;
    };
    const auto grant = [](std::int64_t number, const std::string& token, const std::string& principal) {
        return wire::encode(
            wire::SessionGrant{number, token, principal, {model::Role::station, model::Role::technician}});
    };
    const std::vector<Case> cases{
        {"no object", "", "", {}},
        {"no object", "7", "", {}},
        {"tail", "{}", "{}", {}},
        {"parts", "{}", "", {8}},
        {"parts", "{}", wire::encode(wire::Parts{{{0, 1}, {0, 1}}}), {8}},
        {"less than nothing", "{}", wire::encode(wire::Parts{{{-1, 1}}}), {8}},
        {"less than nothing", "{}", wire::encode(wire::Parts{{{0, -1}}}), {8}},
        {"grant", "{}", "", {}, true},
        {"grant", "{}", grant(0, token_b, "uid:1000"), {}, true},
        {"grant", "{}", grant(4, "short", "uid:1000"), {}, true},
        {"grant", "{}", grant(4, token_b, "uid:1001"), {}, true},
        {"hello", "{}", wire::encode(wire::Parts{{{0, 1}}}), {8}, true},
    };
    for (const auto& one : cases) {
        Gate gate;
        gate.open();
        gate.join(token_a, 9);
        const auto number = gate.ask(from_client(one.to_hello ? hello("h") : header("station.get", "1", token_a)));
        auto reply = from_broker(wire::Type::gate_reply, number, one.json, one.tail);
        reply.descriptors = one.descriptors;
        gate.broker(reply);
        expect_violation(gate, one.what);
        EXPECT_EQ(gate.all<CloseDescriptor>().size(), one.descriptors.size());
    }
}

TEST(Broker, AfterTheEndOnlyDescriptorsAreClosed) {
    Gate gate;
    gate.open();
    gate.broker(from_broker(wire::Type::gate_stop));
    EXPECT_EQ(gate.only<Exit>()->code, 0);
    auto late = from_broker(wire::Type::gate_reply, 1, "{}");
    late.descriptors = {3, 4};
    gate.broker(late);
    EXPECT_EQ(gate.all<CloseDescriptor>().size(), 2u);
    EXPECT_EQ(gate.last.size(), 2u);
    EXPECT_TRUE(gate.tick(10 * us_per_s).empty());
    EXPECT_EQ(gate.step(SendRefused{{"A", 0, SendClient::Kind::final, 1, false, "{}", {{9, 0, 1}}}, {}}).size(), 1u);
}

} // namespace
} // namespace rekam::gate::testing
