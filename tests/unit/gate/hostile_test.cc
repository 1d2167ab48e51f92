// SPDX-License-Identifier: Apache-2.0
// Clients that mean harm, or are broken in the worst way: whatever they do, the others are served.
#include "tests/unit/gate/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include <sys/socket.h>

namespace rekam::gate::testing {
namespace {

constexpr std::int64_t mib = 1 << 20;

/// The gate with a client that must be served whatever the others do.
class Hostile : public ::testing::Test {
  protected:
    void begin(const FakeBroker::Options& options = {}) {
        broker.emplace(options);
        ASSERT_TRUE(broker->ready());
        good.emplace(broker->requests());
        ASSERT_TRUE(good->join());
    }
    void expect_served() {
        EXPECT_TRUE(good->served());
        EXPECT_TRUE(broker->alive());
        Client fresh(broker->requests());
        EXPECT_TRUE(fresh.join());
    }
    std::optional<FakeBroker> broker;
    std::optional<Client> good;
};

TEST_F(Hostile, HttpAndOtherBytesOnTcpAreClosedAndCounted) {
    begin({.tcp = true});
    const std::array<std::string, 4> first{"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                                           "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
                                           std::string("\x16\x03\x01\x02\x00\x01", 6), "\n"};
    for (const auto& endpoint : {*broker->config().tcp_requests, *broker->config().tcp_events})
        for (const auto& bytes : first) {
            const auto socket = raw_tcp(endpoint);
            ASSERT_TRUE(socket);
            write_all(socket.get(), bytes);
            EXPECT_TRUE(closed_by_peer(socket.get()));
        }
    EXPECT_TRUE(eventually([&] { return broker->counters().http_closed == 8; }));
    expect_served();
}

TEST_F(Hostile, RandomBytes) {
    begin({.tcp = true});
    std::mt19937 random(20'261'123);
    for (int i = 0; i < 300; ++i) {
        const auto socket = i % 2 == 0 ? raw_ipc(broker->config().requests) : raw_tcp(*broker->config().tcp_requests);
        ASSERT_TRUE(socket);
        std::string bytes(1 + random() % 4'000, '\0');
        for (auto& byte : bytes)
            byte = static_cast<char>(random());
        if (i % 3 == 0)
            bytes = zmtp_greeting() + bytes; // garbage after a good beginning
        else if (i % 3 == 1)
            bytes[0] = '\xff';
        write_all(socket.get(), bytes);
    }
    expect_served();
}

TEST_F(Hostile, RandomMessagesAreAnsweredOrIgnored) {
    begin();
    Client bad(broker->requests());
    std::mt19937 random(4);
    const auto header = good->header("station.get");
    for (int i = 0; i < 2'000; ++i) {
        auto text = header;
        for (int k = 0; k < 1 + i % 4; ++k)
            text[random() % text.size()] = static_cast<char>(random());
        bad.send(text);
        const auto reply = bad.receive();
        ASSERT_EQ(reply.size(), 1u);
        ASSERT_FALSE(code_of(boost::json::parse(reply[0]).as_object()).empty());
    }
    EXPECT_TRUE(eventually([&] { return broker->counters().bad_requests > 1'000; }));
    expect_served();
}

TEST_F(Hostile, HalfMessagesHoldNobodyUp) {
    begin();
    std::vector<io::Fd> open;
    const auto handshake = zmtp_greeting();
    const auto frame = zmtp_frame(good->header("station.get"), false);
    for (const std::size_t cut :
         {std::size_t{1}, std::size_t{10}, std::size_t{63}, handshake.size() - 1, handshake.size()}) {
        open.push_back(raw_ipc(broker->config().requests));
        EXPECT_TRUE(write_all(open.back().get(), handshake.substr(0, cut)));
    }
    for (const std::size_t cut : {std::size_t{1}, std::size_t{2}, frame.size() - 1}) {
        open.push_back(zmtp_ipc(broker->config().requests));
        EXPECT_TRUE(write_all(open.back().get(), zmtp_frame("", true) + frame.substr(0, cut)));
    }
    expect_served();
}

TEST_F(Hostile, EndlessPartsAreCutOff) {
    begin();
    for (const std::int64_t bytes : {std::int64_t{0}, std::int64_t{3}, std::int64_t{300}, 64 * 1024L, mib}) {
        const auto socket = zmtp_ipc(broker->config().requests);
        ASSERT_TRUE(socket);
        std::string block;
        while (block.size() < static_cast<std::size_t>(mib))
            block += zmtp_frame(std::string(static_cast<std::size_t>(bytes), 'x'), true);
        std::int64_t sent = 0;
        while (write_all(socket.get(), block) && sent < 4'096)
            ++sent; // MiB
        EXPECT_LT(sent, 200) << "parts of " << bytes << " bytes";
        EXPECT_TRUE(good->served());
    }
    EXPECT_LT(broker->memory_kb(), 400 * 1024);
    EXPECT_TRUE(eventually([&] { return broker->counters().refused_connections == 5; }));
    expect_served();
}

TEST_F(Hostile, EndlessPartsOverManyConnectionsAreBoundedTogether) {
    begin({.tweak = [](auto& config) { config.limits.message_bytes = 8 * mib; }});
    std::vector<io::Fd> sockets;
    const auto block = zmtp_frame(std::string(static_cast<std::size_t>(mib), 'x'), true);
    for (int i = 0; i < 60; ++i) {
        sockets.push_back(zmtp_ipc(broker->config().requests));
        ASSERT_TRUE(sockets.back());
        for (int k = 0; k < 5; ++k) // below what one alone may do
            write_all(sockets.back().get(), block);
    }
    expect_served();
    EXPECT_TRUE(eventually([&] { return broker->counters().refused_connections > 0; }));
    EXPECT_LT(broker->memory_kb(), 250 * 1024);
    sockets.clear(); // and what they held is free again
    EXPECT_TRUE(eventually([&] {
        const auto socket = zmtp_ipc(broker->config().requests);
        return socket && write_all(socket.get(), block) && write_all(socket.get(), block);
    }));
    expect_served();
}

TEST_F(Hostile, TooManyPartsAndTooManyBytesAreRefusedByName) {
    begin({.tweak = [](auto& config) { config.limits.message_bytes = 2 * mib; }});
    Client bad(broker->requests());
    ASSERT_TRUE(bad.join());
    const auto send = [&](int parts, std::size_t bytes) {
        bad.socket.send(zmq::buffer(bad.header("station.get")), zmq::send_flags::sndmore);
        for (int i = 0; i < parts; ++i)
            bad.socket.send(zmq::message_t(bytes), i + 1 < parts ? zmq::send_flags::sndmore : zmq::send_flags::none);
        const auto reply = bad.receive();
        return reply.empty() ? "" : code_of(boost::json::parse(reply[0]).as_object());
    };
    EXPECT_EQ(send(1, 10), "bad-request");
    EXPECT_EQ(send(17, 10), "too-large");
    EXPECT_EQ(send(1, 65'000), "bad-request");
    EXPECT_EQ(send(3, 700 * 1024), "too-large");
    bad.send(std::string(70'000, ' '));
    EXPECT_EQ(code_of(boost::json::parse(bad.receive().at(0)).as_object()), "too-large");
    EXPECT_TRUE(bad.served());
}

TEST_F(Hostile, TenThousandReconnects) {
    begin();
    const auto before = broker->descriptors();
    for (int i = 0; i < 10'000; ++i) {
        const auto socket = raw_ipc(broker->config().requests);
        ASSERT_TRUE(socket) << i;
        if (i % 2 == 0)
            write_all(socket.get(), zmtp_greeting());
        if (i % 1'000 == 0) {
            ASSERT_TRUE(good->served());
        }
    }
    EXPECT_TRUE(eventually([&] { return broker->descriptors() <= before + 1; }));
    EXPECT_LT(broker->memory_kb(), 200 * 1024);
    expect_served();
}

TEST_F(Hostile, ADescriptorFloodIsTurnedAway) {
    begin({.descriptors = 64});
    std::vector<io::Fd> flood;
    for (int i = 0; i < 200; ++i) {
        flood.push_back(raw_ipc(i % 2 == 0 ? broker->config().requests : broker->config().events));
        ASSERT_TRUE(flood.back()) << i;
    }
    EXPECT_TRUE(eventually([&] { return broker->counters().refused_connections > 100; }));
    EXPECT_TRUE(good->served());
    good->send(good->header("frame.get", R"({"frame":"F-1-1"})")); // descriptors for parts are still there
    EXPECT_EQ(good->receive().size(), 2u);
    flood.clear();
    expect_served();
}

TEST_F(Hostile, ConnectionsAreLimited) {
    begin({.tweak = [](auto& config) { config.limits.connections = 4; }});
    std::vector<std::unique_ptr<Client>> more;
    for (int i = 0; i < 10; ++i)
        more.push_back(std::make_unique<Client>(broker->requests()));
    EXPECT_TRUE(eventually([&] { return broker->counters().refused_connections > 6; }));
    EXPECT_TRUE(good->served());
    more.clear();
    expect_served();
}

TEST_F(Hostile, AStalledSubscriberCostsLittleAndOthersHear) {
    begin();
    const auto stalled = zmtp_ipc(broker->config().events, "SUB");
    ASSERT_TRUE(write_all(stalled.get(), zmtp_frame("\x01", false)));
    Client watcher(broker->events(), zmq::socket_type::sub);
    watcher.socket.set(zmq::sockopt::subscribe, "");
    ASSERT_FALSE(watcher.receive().empty());
    const auto before = broker->memory_kb();
    const std::string data = R"({"x":")" + std::string(8'000, 'y') + "\"}";
    constexpr int events = 10'000;
    for (int seq = 1; seq <= events; ++seq)
        broker->event("slot.a", seq, data);
    for (bool last = false; !last;) { // the newest arrives, or a beat that tells of it
        const auto parts = watcher.receive();
        ASSERT_FALSE(parts.empty());
        const auto wanted = parts[0] == "$beat" ? R"("slot.a":10000)" : R"("seq":10000)";
        last = parts.back().find(wanted) != std::string::npos;
    }
    EXPECT_LT(broker->memory_kb() - before, 64 * 1024);
    expect_served();
}

TEST_F(Hostile, SubscriptionsWithoutEndAreCutOff) {
    begin();
    const auto socket = zmtp_ipc(broker->config().events, "SUB");
    ASSERT_TRUE(socket);
    bool closed = false;
    for (int i = 0; i < 100'000 && !closed; ++i)
        closed = !write_all(socket.get(), zmtp_frame("\x01topic." + std::to_string(i), false));
    EXPECT_TRUE(closed || closed_by_peer(socket.get()));
    EXPECT_LT(broker->memory_kb(), 100 * 1024);
    expect_served();
}

TEST_F(Hostile, AClientThatNeverReadsIsDisconnected) {
    begin({.tweak = [](auto& config) { config.limits.message_bytes = 2 * mib; }});
    const auto socket = zmtp_ipc(broker->config().requests); // in the good client's session: the uid is the same
    ASSERT_TRUE(socket);
    bool closed = false;
    for (int i = 0; i < 200 && !closed; ++i)
        closed =
            !write_all(socket.get(), zmtp_frame(good->header("frame.get", R"({"frame":"F","length":1000000})"), false));
    EXPECT_TRUE(eventually([&] { return broker->log().find("does not read its answers") != std::string::npos; }));
    EXPECT_TRUE(closed_by_peer(socket.get()));
    expect_served();
}

TEST_F(Hostile, OpenRequestsWithoutEndAreRefused) {
    begin();
    Client bad(broker->requests());
    ASSERT_TRUE(bad.join());
    for (int i = 0; i < 80; ++i)
        bad.send(bad.header("job.get", R"({"job":"J-1-1"})")); // the broker never answers these
    for (int i = 0; i < 16; ++i) {
        const auto reply = bad.receive();
        ASSERT_FALSE(reply.empty());
        EXPECT_EQ(code_of(boost::json::parse(reply[0]).as_object()), "too-many");
    }
    expect_served();
}

} // namespace
} // namespace rekam::gate::testing
