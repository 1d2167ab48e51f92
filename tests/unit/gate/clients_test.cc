// SPDX-License-Identifier: Apache-2.0
// What clients ask of the gate's table: what passes, what is refused, and that nobody is taken for somebody else.
#include "tests/unit/gate/harness.h"

namespace rekam::gate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Clients, HelloCarriesWhatTheTransportProved) {
    Gate gate;
    gate.open();
    gate.client(from_client(hello("h1"), "A", 1234));
    const auto* sent = gate.only<SendBroker>();
    ASSERT_TRUE(sent);
    const auto& message = sent->message;
    EXPECT_EQ(message.prefix.type, wire::Type::gate_request);
    EXPECT_EQ(message.prefix.session, 0u);
    EXPECT_EQ(message.prefix.incarnation, 3u);
    EXPECT_EQ(message.json, hello("h1"));
    const auto principal = wire::decode<wire::Principal>(message.tail);
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->transport, "ipc");
    EXPECT_EQ(principal->uid, 1234);
    EXPECT_EQ(principal->pid, 4242);
    EXPECT_FALSE(principal->key_shown);
}

TEST(Clients, AGrantedSessionForwardsVerbatim) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    const auto text = header("station.get", "c\\\"9", token_a, R"("deadline_ms":700, "params" : { })");
    const auto number = gate.ask(from_client(text));
    ASSERT_NE(number, 0u);
    const auto& sent = gate.only<SendBroker>()->message;
    EXPECT_EQ(sent.json, text);
    EXPECT_TRUE(sent.tail.empty());
    EXPECT_EQ(sent.prefix.session, 9u);
    EXPECT_EQ(sent.prefix.deadline_ms, 700);
    gate.broker(from_broker(wire::Type::gate_reply, number, R"({"x":1})"));
    const auto* reply = gate.only<SendClient>();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->client, "A");
    EXPECT_EQ(reply->header, R"({"v":1,"id":"c\"9","more":false,"ok":true,"result":{"x":1}})");
    EXPECT_EQ(gate.table.requests().size(), 0u);
}

TEST(Clients, IdentityInTheJsonIsOnlyText) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    gate.join(token_b, 10, "B", 2000);
    const auto text =
        header("station.get", "1", token_b,
               R"("request":77,"principal":"uid:2000","incarnation":99,"uid":2000,"number":10,"params":{})");
    gate.client(from_client(text)); // A shows B's token, and claims to be B in every way it can write
    EXPECT_EQ(gate.refused(), "unknown-session");
    const auto number =
        gate.ask(from_client(header("station.get", "1", token_a, R"("request":77,"session_number":10,"params":{})")));
    ASSERT_NE(number, 0u);
    EXPECT_NE(number, 77u);
    EXPECT_EQ(gate.only<SendBroker>()->message.prefix.session, 9u);
}

TEST(Clients, ATokenNeedsItsPrincipal) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    gate.client(from_client(header("station.get", "1", token_a), "B", 2000)); // another uid
    EXPECT_EQ(gate.refused(), "unknown-session");
    auto over_tcp = from_client(header("station.get", "1", token_a));
    over_tcp.principal = {"tcp", {}, {}, {}, true};
    gate.client(over_tcp);
    EXPECT_EQ(gate.refused(), "unknown-session");
    EXPECT_NE(gate.ask(from_client(header("station.get", "1", token_a), "C", 1000)),
              0u); // a new connection of the same uid
}

TEST(Clients, TheSameIdOfTwoClientsStaysApart) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    gate.join(token_b, 10, "B", 2000);
    const auto a = gate.ask(from_client(header("station.get", "same", token_a)));
    const auto b = gate.ask(from_client(header("station.get", "same", token_b), "B", 2000));
    ASSERT_NE(a, b);
    gate.broker(from_broker(wire::Type::gate_reply, b, R"({"for":"b"})"));
    EXPECT_EQ(gate.only<SendClient>()->client, "B");
    gate.broker(from_broker(wire::Type::gate_reply, a, R"({"for":"a"})"));
    EXPECT_EQ(gate.only<SendClient>()->client, "A");
    EXPECT_THAT(gate.only<SendClient>()->header, HasSubstr(R"("for":"a")"));
}

TEST(Clients, ADuplicateIdIsRefusedOnlyWhileOpen) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    const auto first = gate.ask(from_client(header("station.get", "x", token_a)));
    gate.client(from_client(header("station.get", "x", token_a)));
    EXPECT_EQ(gate.refused(), "bad-request");
    EXPECT_EQ(gate.answer["id"].as_string(), "x");
    EXPECT_EQ(gate.answer["error"].as_object()["path"].as_string(), "id");
    EXPECT_NE(gate.ask(from_client(header("station.get", "x", token_a), "A2")),
              0u); // another connection of the session
    gate.broker(from_broker(wire::Type::gate_reply, first, "{}"));
    EXPECT_NE(gate.ask(from_client(header("station.get", "x", token_a))), 0u);
}

TEST(Clients, SessionMustBeShown) {
    Gate gate;
    gate.open();
    gate.client(from_client(header("station.get", "1", "")));
    EXPECT_EQ(gate.refused(), "bad-request");
    EXPECT_EQ(gate.answer["error"].as_object()["path"].as_string(), "session");
    gate.client(from_client(header("station.get", "1", std::string(32, '0'))));
    EXPECT_EQ(gate.refused(), "unknown-session");
    EXPECT_THAT(std::string(gate.answer["error"].as_object()["message"].as_string()), HasSubstr("resume"));
}

TEST(Clients, MalformedHeadersAreAnsweredWithTheIdWhereReadable) {
    Gate gate;
    gate.open();
    const std::array<std::tuple<std::string, std::string, std::string>, 8> cases{{
        {"", "bad-request", ""},
        {"GET / HTTP/1.1\r\n", "bad-request", ""},
        {"[]", "bad-request", ""},
        {std::string(65'537, ' '), "too-large", ""},
        {R"({"v":2,"id":"7"})", "unsupported-version", "7"},
        {R"({"v":1,"id":"8","op":"no.such","params":{}})", "unknown-op", "8"},
        {R"({"v":1,"id":"9","op":"slot.get","session":")" + token_a + R"(","params":{"slot":3}})", "bad-request", "9"},
        {R"({"v":1,"id":"10","op":"slot.get","session":")" + token_a + R"(","params":{"slot":"a","x":1}})",
         "unsupported-parameter", "10"},
    }};
    for (const auto& [text, code, id] : cases) {
        gate.client(from_client(text));
        EXPECT_EQ(gate.refused(), code) << text.substr(0, 80);
        EXPECT_EQ(gate.answer["id"].as_string(), id);
    }
    EXPECT_EQ(gate.table.requests().size(), 0u);
}

TEST(Clients, PartsAreBoundedAndNoOperationTakesThem) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    auto message = from_client(header("station.get", "p", token_a));
    message.parts = 1;
    message.part_bytes = 10;
    gate.client(message);
    EXPECT_EQ(gate.refused(), "bad-request");
    EXPECT_EQ(gate.answer["id"].as_string(), "p");
    message.parts = 17;
    gate.client(message);
    EXPECT_EQ(gate.refused(), "too-large");
    message.parts = 2;
    message.part_bytes = (64 << 20) + 1;
    gate.client(message);
    EXPECT_EQ(gate.refused(), "too-large");
    EXPECT_EQ(gate.answer["id"].as_string(), "p");
}

TEST(Clients, AReqSocketMayNotAskForProgress) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    auto message = from_client(header("station.get", "r", token_a, R"("progress":true,"params":{})"));
    message.is_req = message.delimiter = true;
    gate.client(message);
    EXPECT_EQ(gate.refused(), "bad-request");
    EXPECT_TRUE(gate.only<SendClient>()->delimiter);
    EXPECT_EQ(gate.answer["error"].as_object()["path"].as_string(), "progress");
    message.header = header("station.get", "r", token_a);
    const auto number = gate.ask(message);
    ASSERT_NE(number, 0u);
    gate.broker(from_broker(wire::Type::gate_progress, number, R"({"percent":1})"));
    EXPECT_TRUE(gate.last.empty()); // it did not ask for progress
    gate.broker(from_broker(wire::Type::gate_reply, number, "{}"));
    EXPECT_TRUE(gate.only<SendClient>()->delimiter);
}

TEST(Clients, AChosenRoutingIdIsRefused) {
    Gate gate;
    gate.open();
    auto message = from_client(hello("n"));
    message.names_itself = true;
    gate.client(message);
    EXPECT_EQ(gate.refused(), "bad-request");
    EXPECT_EQ(gate.answer["id"].as_string(), "n");
}

TEST(Clients, TcpNeedsTheStationKey) {
    Gate gate;
    gate.open();
    const auto over_tcp = [](std::string text) {
        auto message = from_client(std::move(text));
        message.principal = {"tcp", {}, {}, {}, true}; // a shell's mistake must not count
        return message;
    };
    for (const auto* key : {"", R"(,"station_key":"wrong")", R"(,"station_key":"a very long station kez")",
                            R"(,"station_key":"a very long station key ")"}) {
        gate.client(over_tcp(hello("k", key)));
        EXPECT_EQ(gate.refused(), "denied") << key;
        EXPECT_THAT(gate.only<SendClient>()->header, HasSubstr("station.key"));
        EXPECT_THAT(gate.only<SendClient>()->header, Not(HasSubstr("a very long")));
        EXPECT_TRUE(gate.all<Log>().empty());
    }
    const auto number = gate.ask(over_tcp(hello("k", R"(,"station_key":"a very long station key")")));
    ASSERT_NE(number, 0u);
    EXPECT_TRUE(wire::decode<wire::Principal>(gate.only<SendBroker>()->message.tail)->key_shown);
    gate.broker(from_broker(
        wire::Type::gate_reply, number, "{}",
        wire::encode(wire::SessionGrant{5, token_a, "tcp:key", {model::Role::station, model::Role::technician}})));
    EXPECT_EQ(gate.refused(), "ok");
    EXPECT_NE(gate.ask(over_tcp(header("station.get", "1", token_a))), 0u);
}

TEST(Clients, TcpWithoutAConfiguredKeyIsAlwaysDenied) {
    Gate gate;
    auto without = config();
    without.station_key.reset();
    gate.open(without);
    auto message = from_client(hello("k", R"(,"station_key":"anything")"));
    message.principal = {"tcp", {}, {}, {}, false};
    gate.client(message);
    EXPECT_EQ(gate.refused(), "denied");
}

TEST(Clients, AnUnprovedPrincipalIsDenied) {
    Gate gate;
    gate.open();
    auto message = from_client(hello());
    message.principal.uid.reset();
    gate.client(message);
    EXPECT_EQ(gate.refused(), "denied");
}

TEST(Clients, OpenRequestsAreBounded) {
    Bounds bounds;
    bounds.open_requests = 7;
    Gate gate(bounds);
    gate.open(); // four per session
    gate.join(token_a, 9);
    gate.join(token_b, 10, "B", 2000);
    for (int i = 0; i < 4; ++i)
        EXPECT_NE(gate.ask(from_client(header("station.get", std::to_string(i), token_a))), 0u);
    gate.client(from_client(header("station.get", "x", token_a), "A2"));
    EXPECT_EQ(gate.refused(), "too-many");
    for (int i = 0; i < 3; ++i)
        EXPECT_NE(gate.ask(from_client(header("station.get", std::to_string(i), token_b), "B", 2000)), 0u);
    gate.client(from_client(header("station.get", "x", token_b), "B", 2000));
    EXPECT_EQ(gate.refused(), "busy");
    EXPECT_TRUE(gate.answer["error"].as_object().contains("retry_ms"));
    EXPECT_EQ(gate.table.requests().size(), 7u);
}

TEST(Clients, HellosAreBoundedPerConnection) {
    Gate gate;
    gate.open();
    for (int i = 0; i < 4; ++i)
        EXPECT_NE(gate.ask(from_client(hello(std::to_string(i)))), 0u);
    gate.client(from_client(hello("x")));
    EXPECT_EQ(gate.refused(), "too-many");
    EXPECT_NE(gate.ask(from_client(hello("x"), "B")), 0u);
}

TEST(Clients, SessionsAreBoundedAndTheOldestGoes) {
    Gate gate;
    auto small = config();
    small.limits.sessions = 2;
    gate.open(small);
    gate.join(token_a, 1);
    gate.join(token_b, 2);
    EXPECT_NE(gate.ask(from_client(header("station.get", "1", token_a))), 0u); // a is used last
    gate.join(std::string(32, 'c'), 3);
    EXPECT_EQ(gate.table.sessions().size(), 2u);
    gate.client(from_client(header("station.get", "2", token_b)));
    EXPECT_EQ(gate.refused(), "unknown-session");
    EXPECT_NE(gate.ask(from_client(header("station.get", "2", token_a))), 0u);
}

TEST(Clients, SchemasAreServedHere) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    gate.client(from_client(header("schema.get", "s", token_a)));
    EXPECT_EQ(gate.only<SendClient>()->header,
              R"({"v":1,"id":"s","more":false,"ok":true,"result":{"names":["frame","hello.params"]}})");
    gate.client(from_client(header("schema.get", "s", token_a, R"("params":{"name":"frame"})")));
    EXPECT_EQ(gate.only<SendClient>()->header,
              R"({"v":1,"id":"s","more":false,"ok":true,"result":{"name":"frame","schema":{"type":"object"}}})");
    gate.client(from_client(header("schema.get", "s", token_a, R"("params":{"name":"nothing"})")));
    EXPECT_EQ(gate.refused(), "out-of-range");
    EXPECT_TRUE(gate.all<SendBroker>().empty());
}

TEST(Clients, ACaptureWithoutItsEnvelopeIsRefused) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    constexpr auto params = R"("params":{"slot":"photo","subject":"face"})";
    gate.client(from_client(header("capture.start", "1", token_a, params)));
    EXPECT_EQ(gate.refused(), "bad-request");
    gate.client(from_client(header("capture.start", "1", token_a,
                                   std::string(R"("deadline_ms":1,"station_epoch":17,"idem":"i",)") + params)));
    EXPECT_EQ(gate.refused(), "no-lease");
}

TEST(Clients, APreviewWithoutLeaseOrEarsIsRefused) {
    Gate gate;
    gate.open();
    gate.join(token_a, 9);
    constexpr auto params = R"("params":{"slot":"photo"})";
    gate.client(from_client(header("preview.start", "1", token_a, std::string(R"("progress":true,)") + params)));
    EXPECT_EQ(gate.refused(), "no-lease");
    gate.client(from_client(header("preview.start", "1", token_a, std::string(R"("lease":"L-1-1",)") + params)));
    EXPECT_EQ(gate.refused(), "bad-request");
    EXPECT_EQ(gate.answer["error"].as_object()["path"].as_string(), "progress");
    EXPECT_NE(gate.ask(from_client(
                  header("preview.start", "1", token_a, std::string(R"("progress":true,"lease":"L-1-1",)") + params))),
              0U);
}

TEST(Clients, NothingIsHeardBeforeTheConfigurationOrAfterTheEnd) {
    Gate gate;
    EXPECT_TRUE(gate.client(from_client(hello())).empty());
    gate.step(Started{"build", 7});
    EXPECT_TRUE(gate.client(from_client(hello())).empty());
    gate.broker(from_broker(wire::Type::gate_stop));
    EXPECT_TRUE(gate.client(from_client(hello())).empty());
}

} // namespace
} // namespace rekam::gate::testing
