// SPDX-License-Identifier: Apache-2.0
// The data socket itself, in this process; what the whole gate does with it is in data_test.cc.
#include "core/gate/data_socket.h"
#include "core/io/packet_socket.h"
#include "tests/unit/rekamd/files.h"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>

namespace rekam::gate {
namespace {

io::Fd connect_to(const std::string& path) {
    io::Fd made(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return made;
}

/// A program that misses one packet must not take the next one for it.
TEST(DataSocket, SendsNothingAfterWhatCouldNotBeSent) {
    const Files files;
    boost::asio::io_context loop;
    DataKey key = 0;
    DataSocket socket(loop, files.path() / "data", 10, [&](Event event) {
        if (const auto* connected = std::get_if<DataConnected>(&event))
            key = connected->connection;
    });
    const io::Fd client = connect_to(files.path() / "data");
    while (key == 0)
        loop.run_one();
    ASSERT_TRUE(socket.send({key, R"({"ok":true})"}));
    EXPECT_FALSE(socket.send({key, std::string(64 << 20, ' ')})); // more than the kernel takes in one packet
    EXPECT_FALSE(socket.send({key, R"({"buffers":[]})"}));
    EXPECT_EQ(io::receive_packet(client.get()).bytes, R"({"ok":true})");
    EXPECT_EQ(io::receive_packet(client.get()).status, io::ReceiveStatus::ended);
}

} // namespace
} // namespace rekam::gate
