// SPDX-License-Identifier: Apache-2.0
#include "core/io/channel.h"

#include "core/io/memfd.h"
#include "core/io/packet_socket.h"

#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <cstring>
#include <filesystem>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace rekam::io {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::size_t open_descriptors() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

wire::Message message(std::string json, std::vector<int> descriptors = {}) {
    wire::Message made;
    made.prefix.type = wire::Type::gate_request;
    made.json = std::move(json);
    made.descriptors = std::move(descriptors);
    return made;
}

/// A channel on one end; the other end is the test's own, raw.
struct ChannelTest : testing::Test {
    ChannelTest() {
        auto [near, far] = make_socket_pair();
        peer = std::move(far);
        open(std::move(near));
    }

    void open(Fd socket, ChannelLimits limits = {}) {
        channel = std::make_unique<Channel>(loop, std::move(socket),
                                            Channel::Handlers{.received =
                                                                  [this](wire::Message m) {
                                                                      for (const int fd : m.descriptors)
                                                                          kept.emplace_back(fd);
                                                                      received.push_back(std::move(m));
                                                                  },
                                                              .ended =
                                                                  [this](ChannelEnd how, const std::string& why) {
                                                                      ++ends;
                                                                      end = how;
                                                                      reason = why;
                                                                  }},
                                            limits);
    }

    template <class Condition> bool run_until(Condition condition) {
        const auto limit = std::chrono::steady_clock::now() + 30s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > limit)
                return false;
            loop.restart();
            loop.run_for(10ms);
        }
        return true;
    }

    std::string packed(std::initializer_list<std::string> bodies) {
        wire::Packer packer;
        for (const auto& body : bodies)
            packer.add(message(body));
        return packer.front().bytes;
    }

    boost::asio::io_context loop{1};
    Fd peer;
    std::unique_ptr<Channel> channel;
    std::vector<wire::Message> received;
    std::vector<Fd> kept;
    int ends = 0;
    ChannelEnd end = ChannelEnd::closed;
    std::string reason;
};

TEST_F(ChannelTest, one_turn_leaves_as_one_packet) {
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(channel->send(message("{}")));
    EXPECT_EQ(receive_packet(peer.get()).status, ReceiveStatus::empty) << "nothing leaves inside a turn";
    ASSERT_TRUE(run_until([&] { return channel->idle(); }));
    const Received packet = receive_packet(peer.get());
    ASSERT_EQ(packet.status, ReceiveStatus::packet);
    EXPECT_EQ(wire::unpack(packet.bytes, {})->size(), 100u);
    EXPECT_EQ(receive_packet(peer.get()).status, ReceiveStatus::empty);
}

TEST_F(ChannelTest, descriptors_cross_and_nothing_leaks) {
    const std::size_t before = open_descriptors();
    Fd memfd = create_memfd("test");
    write_memfd(memfd.get(), "evidence");
    seal_memfd(memfd.get());
    ASSERT_TRUE(channel->send(message("{}", {memfd.release()})));
    ASSERT_TRUE(run_until([&] { return channel->idle(); }));
    {
        Received packet = receive_packet(peer.get());
        ASSERT_EQ(packet.descriptors.size(), 1u);
        EXPECT_EQ(sealed_bytes(packet.descriptors[0].get()), 8);
        EXPECT_NE(::fcntl(packet.descriptors[0].get(), F_GETFD) & FD_CLOEXEC, 0);
        const int number = packet.descriptors[0].get();
        ASSERT_EQ(send_packet(peer.get(), packet.bytes, {&number, 1}), SendStatus::sent);
    }
    ASSERT_TRUE(run_until([&] { return received.size() == 1; }));
    EXPECT_EQ(kept.size(), 1u);
    kept.clear();
    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ChannelTest, a_slow_reader_meets_a_bound_and_loses_nothing_that_was_taken) {
    channel.reset();
    auto [near, far] = make_socket_pair();
    peer = std::move(far);
    open(std::move(near), {.packets = 16, .bytes = 1 << 20});
    std::size_t taken = 0;
    while (taken < 10'000 &&
           channel->send(message("{\"n\":" + std::to_string(taken) + std::string(2'000, ' ') + "}"))) {
        ++taken;
        loop.restart();
        loop.poll();
    }
    EXPECT_LT(taken, 10'000u) << "the queue has no bound";
    std::size_t arrived = 0;
    ASSERT_TRUE(run_until([&] {
        for (Received packet = receive_packet(peer.get()); packet.status == ReceiveStatus::packet;
             packet = receive_packet(peer.get()))
            for (const auto& one : wire::unpack(packet.bytes, {}).value())
                EXPECT_THAT(one.json, HasSubstr("\"n\":" + std::to_string(arrived++) + " "));
        return arrived == taken;
    }));
    EXPECT_TRUE(channel->send(message("{}"))) << "room again";
}

TEST_F(ChannelTest, refused_messages_close_their_descriptors) {
    channel.reset();
    auto [near, far] = make_socket_pair();
    peer = std::move(far);
    open(std::move(near), {.packets = 1, .bytes = 100});
    const std::size_t before = open_descriptors();
    EXPECT_FALSE(channel->send(message(std::string(200, ' '), {create_memfd("refused").release()})));
    EXPECT_TRUE(channel->send(message("{}", {create_memfd("queued").release()})));
    channel.reset();
    loop.restart();
    loop.poll();
    EXPECT_EQ(open_descriptors(), before - 1) << "the channel's own socket is closed, and nothing else is left";
}

TEST_F(ChannelTest, end_comes_after_queued_messages) {
    ASSERT_EQ(send_packet(peer.get(), packed({"1", "2"}), {}), SendStatus::sent);
    ASSERT_EQ(send_packet(peer.get(), packed({"3"}), {}), SendStatus::sent);
    peer.reset();
    ASSERT_TRUE(run_until([&] { return ends == 1; }));
    ASSERT_EQ(received.size(), 3u);
    EXPECT_EQ(received[2].json, "3");
    EXPECT_EQ(end, ChannelEnd::closed);
    EXPECT_TRUE(channel->closed());
}

TEST_F(ChannelTest, a_reset_does_not_hide_the_last_messages) {
    ASSERT_TRUE(channel->send(message("unread")));
    ASSERT_TRUE(run_until([&] { return channel->idle(); }));
    ASSERT_EQ(send_packet(peer.get(), packed({"last words"}), {}), SendStatus::sent);
    peer.reset(); // with data of ours unread: ECONNRESET comes first
    EXPECT_TRUE(channel->send(message("to nobody"))) << "a message to the dead counts as queued";
    ASSERT_TRUE(run_until([&] { return ends == 1; }));
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0].json, "last words");
}

TEST_F(ChannelTest, drain_delivers_without_the_loop) {
    ASSERT_EQ(send_packet(peer.get(), packed({"1"}), {}), SendStatus::sent);
    peer.reset();
    channel->drain();
    EXPECT_EQ(received.size(), 1u);
    EXPECT_EQ(ends, 1);
    channel->drain();
    EXPECT_EQ(ends, 1);
}

TEST_F(ChannelTest, an_empty_packet_is_an_end) {
    ASSERT_EQ(::send(peer.get(), "", 0, 0), 0);
    ASSERT_TRUE(run_until([&] { return ends == 1; }));
    EXPECT_EQ(end, ChannelEnd::closed);
}

TEST_F(ChannelTest, bytes_that_are_no_packet_break_the_channel) {
    ASSERT_EQ(send_packet(peer.get(), "not a packet", {}), SendStatus::sent);
    ASSERT_EQ(send_packet(peer.get(), packed({"1"}), {}), SendStatus::sent);
    ASSERT_TRUE(run_until([&] { return ends == 1; }));
    EXPECT_EQ(end, ChannelEnd::broken);
    EXPECT_TRUE(received.empty()) << "nothing comes from a broken peer any more";
}

TEST_F(ChannelTest, an_oversized_packet_breaks_the_channel) {
    ASSERT_EQ(send_packet(peer.get(), std::string(wire::max_packet_bytes + 1, 'x'), {}), SendStatus::sent);
    ASSERT_TRUE(run_until([&] { return ends == 1; }));
    EXPECT_EQ(end, ChannelEnd::broken);
    EXPECT_THAT(reason, HasSubstr("larger"));
}

TEST_F(ChannelTest, too_many_descriptors_break_the_channel_and_are_closed) {
    const std::size_t before = open_descriptors();
    std::vector<int> many(wire::max_descriptors + 1, STDERR_FILENO);
    std::string bytes = packed({"1"});
    iovec data{bytes.data(), bytes.size()};
    std::vector<char> control(CMSG_SPACE(many.size() * sizeof(int)));
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(many.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), many.data(), many.size() * sizeof(int));
    ASSERT_GT(::sendmsg(peer.get(), &header, 0), 0);
    ASSERT_TRUE(run_until([&] { return ends == 1; }));
    EXPECT_EQ(end, ChannelEnd::broken);
    EXPECT_THAT(reason, HasSubstr("descriptors"));
    EXPECT_EQ(open_descriptors(), before - 1) << "only the channel's socket is gone";
}

TEST_F(ChannelTest, unannounced_descriptors_break_the_channel_and_are_closed) {
    const std::size_t before = open_descriptors();
    const int number = STDERR_FILENO;
    ASSERT_EQ(send_packet(peer.get(), packed({"1"}), {&number, 1}), SendStatus::sent);
    ASSERT_TRUE(run_until([&] { return ends == 1; }));
    EXPECT_EQ(end, ChannelEnd::broken);
    EXPECT_EQ(open_descriptors(), before - 1);
}

TEST_F(ChannelTest, a_handler_may_destroy_the_channel) {
    channel.reset();
    auto [near, far] = make_socket_pair();
    peer = std::move(far);
    int got = 0;
    channel = std::make_unique<Channel>(loop, std::move(near),
                                        Channel::Handlers{.received =
                                                              [&](wire::Message) {
                                                                  ++got;
                                                                  channel.reset();
                                                              },
                                                          .ended = {}});
    ASSERT_EQ(send_packet(peer.get(), packed({"1", "2"}), {}), SendStatus::sent);
    ASSERT_TRUE(run_until([&] { return got == 1; }));
    loop.restart();
    loop.poll();
    EXPECT_EQ(got, 1);
}

TEST_F(ChannelTest, a_flood_is_read_in_turns) {
    int ticks = 0;
    int at_tick = 0;
    boost::asio::steady_timer timer(loop, 0ms);
    for (int i = 0; i < 40; ++i)
        ASSERT_EQ(send_packet(peer.get(), packed({"1"}), {}), SendStatus::sent);
    timer.async_wait([&](auto) {
        ++ticks;
        at_tick = static_cast<int>(received.size());
    });
    ASSERT_TRUE(run_until([&] { return received.size() == 40 && ticks == 1; }));
    EXPECT_LT(at_tick, 40) << "other work has its turn in the middle of a flood";
}

/// Sends descriptors until the kernel refuses more in flight, reads some, expects the rest. Runs in a process of its
/// own, because the limit is per user and root has none.
int meet_the_limit_in_flight() {
    rlimit limit{.rlim_cur = 24, .rlim_max = 24};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || (::geteuid() == 0 && ::setresuid(65'534, 65'534, 65'534) != 0))
        return 2;
    boost::asio::io_context loop{1};
    auto [near, far] = make_socket_pair();
    Channel channel(loop, std::move(near), {.received = [](wire::Message) {}, .ended = {}});
    constexpr int sent = 32; // a few over the limit: those that wait are open here
    int arrived = 0;
    for (int i = 0; i < sent; ++i) {
        if (!channel.send(message("{}", {duplicate(STDERR_FILENO).release()})))
            return 3;
        channel.flush();
    }
    if (channel.idle())
        return 4; // the limit was not met: nothing is tested
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (arrived < sent && std::chrono::steady_clock::now() < until) {
        for (Received packet = receive_packet(far.get()); packet.status == ReceiveStatus::packet;
             packet = receive_packet(far.get()))
            arrived += static_cast<int>(packet.descriptors.size());
        loop.restart();
        loop.run_for(1ms);
    }
    return arrived == sent && channel.idle() ? 0 : 5;
}

TEST(ChannelLimit, too_many_descriptors_in_flight_are_sent_later) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0)
        ::_exit(meet_the_limit_in_flight());
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

} // namespace
} // namespace rekam::io
