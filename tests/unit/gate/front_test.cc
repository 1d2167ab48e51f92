// SPDX-License-Identifier: Apache-2.0
// The gate's sockets themselves, on real ZeroMQ, in this process.
#include "core/gate/front.h"
#include "tests/unit/rekamd/files.h"

#include <gtest/gtest.h>

#include <chrono>

#include <poll.h>
#include <unistd.h>

namespace rekam::gate {
namespace {

constexpr int patience_ms = 60'000;

Open at(const std::filesystem::path& folder) {
    Open open;
    open.config.requests = folder / "requests";
    open.config.events = folder / "events";
    return open;
}

/// One message. Looks before it drains, as the gate does while the broker does not keep up.
std::optional<ClientMessage> looked_at(Front& front) {
    std::optional<ClientMessage> message;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    while (!message && std::chrono::steady_clock::now() < end) {
        std::vector<pollfd> waits;
        for (const int descriptor : front.descriptors())
            waits.push_back({descriptor, POLLIN, 0});
        ::poll(waits.data(), waits.size(), 100);
        front.look();
        front.drain(2, [&](ClientMessage taken) { message = std::move(taken); });
    }
    return message;
}

/// A gate's sockets and a client of them.
class FrontTest : public testing::Test {
  protected:
    explicit FrontTest(zmq::socket_type type = zmq::socket_type::dealer) : client(context, type) {
        client.set(zmq::sockopt::linger, 0);
        client.connect("ipc://" + (files.path() / "requests").string());
    }
    const Files files;
    Front front{at(files.path())};
    zmq::context_t context;
    zmq::socket_t client;
};

/// One look at ZMQ_EVENTS fetches a message; what libzmq knows of its connection must not be lost by it.
TEST_F(FrontTest, KnowsWhoSentAMessageThatALookHasFetched) {
    std::uint64_t connection = 0;
    for (int i = 0; i < 10; ++i) {
        client.send(zmq::str_buffer("{}"));
        const auto message = looked_at(front);
        ASSERT_TRUE(message);
        EXPECT_EQ(message->principal.transport, "ipc");
        EXPECT_EQ(message->principal.uid, ::getuid());
        EXPECT_EQ(message->principal.pid, ::getpid());
        EXPECT_FALSE(message->is_req);
        EXPECT_NE(message->connection, 0U);
        EXPECT_TRUE(connection == 0 || message->connection == connection);
        connection = message->connection;
    }
}

class FrontReqTest : public FrontTest {
  protected:
    FrontReqTest() : FrontTest(zmq::socket_type::req) {}
};

TEST_F(FrontReqTest, SeesAReqSocketInAMessageThatALookHasFetched) {
    client.send(zmq::str_buffer("{}"));
    const auto message = looked_at(front);
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->is_req);
    EXPECT_TRUE(message->delimiter);
    EXPECT_EQ(message->header, "{}");
}

} // namespace
} // namespace rekam::gate
