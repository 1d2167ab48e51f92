// SPDX-License-Identifier: Apache-2.0
// The real gate's data socket: descriptors for tickets, and what programs do that do not mean well.
#include "core/io/memfd.h"
#include "core/io/packet_socket.h"
#include "tests/unit/gate/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace rekam::gate::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

io::Fd connect_to(const std::string& path) {
    io::Fd made(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        made.reset();
    return made;
}

void say(const io::Fd& socket, std::string_view text, std::span<const int> descriptors = {}) {
    static_cast<void>(io::send_packet(socket.get(), text, descriptors));
}

struct Heard {
    bool ended = false;
    std::string text;
    std::vector<io::Fd> descriptors;
};
Heard hear(const io::Fd& socket) {
    pollfd wait{socket.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) != 1)
        return {false, "nothing", {}};
    auto received = io::receive_packet(socket.get());
    return {received.status != io::ReceiveStatus::packet, std::string(received.bytes), std::move(received.descriptors)};
}

/// Whether the gate ends this connection, whatever it says before.
bool is_ended(const io::Fd& socket) {
    for (;;) {
        const auto heard = hear(socket);
        if (heard.ended || heard.text == "nothing")
            return heard.ended;
    }
}

class Data : public ::testing::Test {
  protected:
    static FakeBroker::Options options(unsigned descriptors = 0) {
        return {.descriptors = descriptors, .tweak = [](wire::GateConfig& config) {
                    config.data = config.requests.substr(0, config.requests.rfind('/')) + "/data";
                }};
    }
    std::string ticket(Client& client, std::int64_t* bytes = nullptr) {
        auto reply = client.ask(client.header("frame.get", R"({"frame":"F-1-1","as":"ticket"})"));
        if (code_of(reply) != "ok")
            return code_of(reply);
        const auto& result = reply["result"].as_object();
        if (bytes)
            *bytes = result.at("bytes").as_int64();
        return std::string(result.at("ticket").as_string());
    }
    static std::string shown(const std::string& ticket) { return R"({"ticket":")" + ticket + "\"}"; }
};

TEST_F(Data, AFrameComesAsADescriptorThatCanOnlyBeRead) {
    FakeBroker broker(options());
    ASSERT_TRUE(broker.ready());
    Client client(broker.requests());
    ASSERT_TRUE(client.join());
    std::int64_t bytes = 0;
    const auto one = ticket(client, &bytes), two = ticket(client);
    ASSERT_EQ(one.size(), 32u) << one;
    EXPECT_NE(one, two);
    const auto socket = connect_to(*broker.config().data);
    ASSERT_TRUE(socket);
    say(socket, shown(one));
    const auto heard = hear(socket);
    EXPECT_THAT(heard.text, StartsWith(R"({"ok":true,"frame":"F-1-1")"));
    ASSERT_EQ(heard.descriptors.size(), 1u);
    const int frame = heard.descriptors[0].get();
    EXPECT_EQ(io::sealed_bytes(frame), bytes);
    EXPECT_EQ(io::read_memfd(frame, 0, 3), std::string("\0\7\16", 3));
    EXPECT_EQ(::fcntl(frame, F_GETFL) & O_ACCMODE, O_RDONLY);
    say(socket, shown(one));
    EXPECT_THAT(hear(socket).text, HasSubstr(R"("code":"denied")")) << "once";
    EXPECT_TRUE(is_ended(socket));
    const auto other = connect_to(*broker.config().data);
    say(other, shown(two));
    EXPECT_EQ(hear(other).descriptors.size(), 1u) << "a mistake with one ticket costs no other";
    struct stat mode {};
    ASSERT_EQ(::stat(broker.config().data->c_str(), &mode), 0);
    EXPECT_EQ(mode.st_mode & 0777U, 0660U);
}

TEST_F(Data, AnotherUserIsRefused) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can be somebody else";
    FakeBroker broker(options());
    Client client(broker.requests());
    ASSERT_TRUE(client.join());
    const auto mine = ticket(client);
    ASSERT_EQ(::chmod(broker.config().data->c_str(), 0666), 0);
    ASSERT_EQ(::chmod(std::filesystem::path(*broker.config().data).parent_path().c_str(), 0755), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        const bool other = ::setresgid(4711, 4711, 4711) == 0 && ::setresuid(4711, 4711, 4711) == 0;
        const auto socket = connect_to(*broker.config().data);
        say(socket, shown(mine));
        const auto heard = hear(socket);
        const bool denied = heard.text.find(R"("code":"denied")") != std::string::npos && heard.descriptors.empty();
        ::_exit(other && socket && denied ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
    const auto socket = connect_to(*broker.config().data);
    say(socket, shown(mine));
    EXPECT_EQ(hear(socket).descriptors.size(), 1u) << "and its owner still gets the frame";
}

TEST_F(Data, GarbageAndDescriptorsOfOthersLeaveNothingBehind) {
    FakeBroker broker(options());
    Client client(broker.requests());
    ASSERT_TRUE(client.join());
    const auto before = broker.descriptors();
    const std::string long_text(100'000, 'x'), deep(1'000, '[');
    for (const std::string& text : {std::string("{"), long_text, deep, std::string("\0\xff", 2),
                                    std::string(R"({"ticket":"00000000000000000000000000000000"})")})
        for (int i = 0; i < 20; ++i) {
            const auto socket = connect_to(*broker.config().data);
            ASSERT_TRUE(socket);
            const std::array given{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
            say(socket, text, given);
            EXPECT_TRUE(is_ended(socket));
        }
    EXPECT_TRUE(eventually([&] { return broker.descriptors() <= before; })) << "descriptors leak";
    EXPECT_TRUE(client.served());
}

TEST_F(Data, AThousandConnectionsTakeNobodysPlace) {
    FakeBroker broker(options());
    Client client(broker.requests());
    ASSERT_TRUE(client.join());
    std::vector<io::Fd> crowd;
    for (int i = 0; i < 1'000; ++i)
        if (auto one = connect_to(*broker.config().data))
            crowd.push_back(std::move(one));
    EXPECT_TRUE(client.served());
    Client late(broker.requests());
    EXPECT_TRUE(late.join());
    EXPECT_TRUE(eventually([&] { return broker.descriptors() < 200; })) << broker.descriptors();
    crowd.clear();
    EXPECT_TRUE(eventually([&] { // it has seen that they are gone
        const auto socket = connect_to(*broker.config().data);
        say(socket, shown(ticket(client)));
        return hear(socket).descriptors.size() == 1;
    }));
    EXPECT_TRUE(broker.alive());
}

TEST_F(Data, FewDescriptorsAreEnough) {
    FakeBroker broker(options(64));
    Client client(broker.requests());
    ASSERT_TRUE(client.join());
    std::vector<io::Fd> crowd;
    for (int i = 0; i < 200; ++i)
        if (auto one = connect_to(*broker.config().data))
            crowd.push_back(std::move(one));
    std::vector<std::string> tickets;
    for (int i = 0; i < 40; ++i)
        tickets.push_back(ticket(client));
    EXPECT_GT(std::ranges::count_if(tickets, [](const auto& one) { return one.size() == 32; }), 0);
    EXPECT_TRUE(client.served());
    crowd.clear();
    EXPECT_TRUE(eventually([&] {
        const auto socket = connect_to(*broker.config().data);
        say(socket, shown(tickets.front()));
        return hear(socket).descriptors.size() == 1;
    }));
}

TEST_F(Data, WhoDoesNotReadIsDisconnectedAndCostsNoMemory) {
    FakeBroker broker(options());
    Client client(broker.requests());
    ASSERT_TRUE(client.join());
    const auto before = broker.descriptors();
    const auto socket = connect_to(*broker.config().data);
    const int small = 4'096;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    bool ended = false;
    for (int i = 0; i < 2'000 && !ended; ++i) {
        const auto one = ticket(client);
        ended = one.size() == 32 && io::send_packet(socket.get(), shown(one), {}) == io::SendStatus::gone;
        if (one.size() != 32)
            break; // what it has not read is charged to its session
    }
    EXPECT_TRUE(client.served());
    EXPECT_TRUE(eventually([&] { return broker.descriptors() <= before + 20; })) << broker.descriptors();
}

} // namespace
} // namespace rekam::gate::testing
