// SPDX-License-Identifier: Apache-2.0
// The real gate between real clients and a broker made of a thread.
#include "tests/unit/gate/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>

namespace rekam::gate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

wire::Message message(wire::Type type) {
    wire::Message made;
    made.prefix.type = type;
    return made;
}

TEST(Shell, ServesASession) {
    FakeBroker broker;
    ASSERT_TRUE(broker.ready());
    Client client(broker.requests());
    EXPECT_EQ(
        code_of(client.ask(R"({"v":1,"id":"1","op":"station.get","session":"00000000000000000000000000000001"})")),
        "unknown-session");
    ASSERT_TRUE(client.join());
    EXPECT_TRUE(client.served());
    Client other(broker.requests());
    ASSERT_TRUE(other.join());
    EXPECT_NE(other.session, client.session);
    auto names = client.ask(client.header("schema.get"));
    EXPECT_FALSE(names["result"].as_object()["names"].as_array().empty());
    auto schema = client.ask(client.header("schema.get", R"({"name":"hello.params"})"));
    EXPECT_EQ(schema["result"].as_object()["schema"].as_object()["$id"].as_string(), "hello.params.json");
    for (const auto& path : {broker.config().requests, broker.config().events}) {
        struct stat mode {};
        ASSERT_EQ(::stat(path.c_str(), &mode), 0);
        EXPECT_EQ(mode.st_mode & 0777U, 0660U) << path;
    }
}

TEST(Shell, AReqSocketGetsOneAnswerEach) {
    FakeBroker broker;
    Client client(broker.requests(), zmq::socket_type::req);
    ASSERT_TRUE(client.join());
    EXPECT_EQ(code_of(client.ask(client.header("lease.acquire", R"({"slots":["a"],"case":"C"})", true))),
              "bad-request");
    EXPECT_EQ(code_of(client.ask(client.header("lease.acquire", R"({"slots":["a"],"case":"C"})"))), "ok");
    EXPECT_TRUE(client.served());
}

TEST(Shell, ProgressComesBeforeItsFinal) {
    FakeBroker broker;
    Client client(broker.requests());
    ASSERT_TRUE(client.join());
    client.send(client.header("lease.acquire", R"({"slots":["a"],"case":"C"})", true));
    for (int i = 0; i < 3; ++i)
        EXPECT_THAT(client.receive().at(0), HasSubstr(R"("more":true,"progress":{"position":)" + std::to_string(i)));
    EXPECT_THAT(client.receive().at(0), HasSubstr(R"("more":false,"ok":true)"));
    EXPECT_TRUE(client.served());
}

TEST(Shell, PartsAreTheBytesOfTheirRange) {
    FakeBroker broker;
    Client client(broker.requests());
    ASSERT_TRUE(client.join());
    for (const auto& [offset, length] : {std::pair{0, 16}, {1, 1}, {4'095, 2}, {5'000, 100'000}, {0, 8 << 20}}) {
        client.send(client.header("frame.get", R"({"frame":"F-1-1","offset":)" + std::to_string(offset) +
                                                   R"(,"length":)" + std::to_string(length) + "}"));
        const auto parts = client.receive();
        ASSERT_EQ(parts.size(), 2u) << parts.size();
        ASSERT_EQ(parts[1].size(), static_cast<std::size_t>(length));
        for (int i = 0; i < length; i += 997)
            ASSERT_EQ(parts[1][static_cast<std::size_t>(i)], static_cast<char>((offset + i) * 7 + (offset + i) / 256));
    }
    const auto before = broker.descriptors();
    for (int i = 0; i < 200; ++i) {
        client.send(client.header("frame.get", R"({"frame":"F-1-1"})"));
        ASSERT_EQ(client.receive().size(), 2u);
    }
    EXPECT_TRUE(eventually([&] { return broker.descriptors() <= before; })) << "descriptors leak";
}

TEST(Shell, AChosenRoutingIdIsRefused) {
    FakeBroker broker;
    Client client(broker.requests(), zmq::socket_type::dealer, "me");
    auto reply = client.ask(R"({"v":1,"id":"1","op":"hello","params":{"client":"x"}})");
    EXPECT_EQ(code_of(reply), "bad-request");
    EXPECT_EQ(reply["id"].as_string(), "1");
}

TEST(Shell, EventsWelcomeAndBeats) {
    FakeBroker broker;
    ASSERT_TRUE(broker.ready());
    Client watcher(broker.events(), zmq::socket_type::sub);
    for (const auto* topic : {"$", "slot."})
        watcher.socket.set(zmq::sockopt::subscribe, topic);
    const auto welcome = watcher.receive();
    ASSERT_EQ(welcome.size(), 1u);
    EXPECT_EQ(welcome[0], R"($welcome {"v":1,"station":"st-1","station_epoch":17,"gate_epoch":3,"stream":"$welcome"})");
    broker.event("slot.photo", 42, R"({"slot":"photo"})");
    broker.event("device.d", 1, "{}"); // nobody listens to that one
    bool event = false, beat = false;
    while (!event || !beat) {
        const auto parts = watcher.receive();
        ASSERT_EQ(parts.size(), 2u);
        ASSERT_NE(parts[0], "device.d");
        event |= parts[0] == "slot.photo" && parts[1].find(R"("seq":42,"data":{"slot":"photo"})") != std::string::npos;
        beat |= parts[0] == "$beat" && parts[1].find(R"("slot.photo":42)") != std::string::npos;
    }
}

TEST(Shell, TcpNeedsTheKeyAndNeverPrintsIt) {
    FakeBroker broker({.tcp = true});
    Client without(*broker.config().tcp_requests);
    EXPECT_FALSE(without.join());
    EXPECT_FALSE(without.join(R"(,"station_key":"the-key-of-this-statiom")"));
    Client with(*broker.config().tcp_requests);
    ASSERT_TRUE(with.join(R"(,"station_key":"the-key-of-this-station")"));
    EXPECT_TRUE(with.served());
    Client local(broker.requests());
    ASSERT_TRUE(local.join());
    without.session = local.session; // a token of another transport's principal
    EXPECT_EQ(code_of(without.ask(without.header("station.get"))), "unknown-session");
    Client watcher(*broker.config().tcp_events, zmq::socket_type::sub);
    watcher.socket.set(zmq::sockopt::subscribe, "$beat");
    EXPECT_EQ(watcher.receive().size(), 2u);
    EXPECT_THAT(broker.log(), Not(HasSubstr("the-key")));
}

TEST(Shell, TheBrokersEndIsTheGatesEnd) {
    FakeBroker broker;
    ASSERT_TRUE(broker.ready());
    Client client(broker.requests());
    ASSERT_TRUE(client.join());
    broker.event("slot.a", 1, "{}");
    broker.die();
    EXPECT_EQ(broker.exit_code(), 0);
    EXPECT_THAT(broker.log(), Not(HasSubstr("error")));
}

TEST(Shell, TheBrokersEndBeforeTheConfiguration) {
    FakeBroker broker({.configure = false});
    broker.die();
    EXPECT_EQ(broker.exit_code(), 0);
}

TEST(Shell, AStopEndsItInOrder) {
    FakeBroker broker;
    ASSERT_TRUE(broker.ready());
    Client client(broker.requests());
    ASSERT_TRUE(client.join());
    client.send(client.header("station.get"));
    ASSERT_TRUE(eventually([&] { return broker.requests_seen() == 2; }));
    broker.send(message(wire::Type::gate_stop));
    EXPECT_THAT(client.receive().at(0), HasSubstr(R"("ok":true)"));
    EXPECT_EQ(broker.exit_code(), 0);
}

TEST(Shell, ABrokenBrokerEndsItWithAWord) {
    FakeBroker broker;
    ASSERT_TRUE(broker.ready());
    broker.send(message(wire::Type::gate_config));
    EXPECT_EQ(broker.exit_code(), 1);
    EXPECT_THAT(broker.log(), HasSubstr("error: the broker's gate_config came twice"));
}

TEST(Shell, APartThatIsNotSealedEndsIt) {
    FakeBroker broker;
    Client client(broker.requests());
    ASSERT_TRUE(client.join());
    client.send(client.header("job.get", R"({"job":"J-1-1"})")); // stays open
    ASSERT_TRUE(eventually([&] { return broker.requests_seen() == 2; }));
    auto reply = message(wire::Type::gate_reply);
    reply.prefix.request = 2;
    reply.json = "{}";
    reply.tail = R"({"parts":[{"offset":0,"length":1}]})";
    reply.descriptors = {::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    broker.send(std::move(reply));
    EXPECT_EQ(broker.exit_code(), 1);
    EXPECT_THAT(broker.log(), HasSubstr("not sealed"));
}

TEST(Shell, WhatCannotBeBoundIsNamed) {
    const auto ends_with = [](const std::function<void(wire::GateConfig&)>& tweak) {
        FakeBroker broker({.tweak = tweak});
        EXPECT_EQ(broker.exit_code(), 1);
        return broker.log();
    };
    EXPECT_THAT(ends_with([](auto& config) { std::ofstream(config.requests) << "x"; }),
                HasSubstr("no socket is in the way"));
    EXPECT_THAT(ends_with([](auto& config) { config.events += "/none/there"; }), HasSubstr("bind: No such file"));
    EXPECT_THAT(ends_with([](auto& config) { config.requests += std::string(200, 'x'); }), HasSubstr("shorter"));
    for (const auto* address : {"tcp://0.0.0.0:5570", "tcp://192.0.2.1:5570", "tcp://*:5570"})
        EXPECT_THAT(ends_with([&](auto& config) { config.tcp_requests = address; }), HasSubstr(address));
}

TEST(Shell, ASocketOfADeadGateIsReplaced) {
    std::string kept;
    FakeBroker broker({.tweak = [&](auto& config) {
        const io::Fd old(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        config.requests.copy(address.sun_path, sizeof address.sun_path - 1);
        ASSERT_EQ(::bind(old.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }});
    Client client(broker.requests());
    EXPECT_TRUE(client.join());
}

TEST(Shell, NobodyStartsItByHand) { EXPECT_EQ(exit_code_without_channel(), 64); }

} // namespace
} // namespace rekam::gate::testing
