// SPDX-License-Identifier: Apache-2.0
#include "core/gate/data_socket.h"

#include "core/gate/endpoints.h"
#include "core/io/memfd.h"
#include "core/io/packet_socket.h"

#include <array>
#include <cerrno>
#include <system_error>

#include <sys/socket.h>

namespace rekam::gate {
namespace {

using boost::asio::posix::stream_descriptor;

constexpr int accepts_most = 64, reads_most = 16; ///< at a time: then others have their turn
constexpr std::size_t packet_bytes = 1'024;       ///< what a program may say at once

io::Fd open_spare() { return io::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

} // namespace

struct DataSocket::Connection {
    Connection(boost::asio::io_context& loop, io::Fd socket, DataKey number)
        : descriptor(loop, socket.release()), key(number) {}
    stream_descriptor descriptor;
    DataKey key;
    bool closed = false;
};

DataSocket::DataSocket(boost::asio::io_context& loop, const std::string& path, int lowest, Heard heard)
    : loop_(loop), listener_(loop, listen_packets(path).release()), lowest_(lowest), heard_(std::move(heard)),
      spare_(open_spare()) {
    await_more();
}

DataSocket::~DataSocket() {
    for (auto& [key, connection] : connections_)
        connection->closed = true;
}

void DataSocket::accept_some() {
    for (int count = 0; count < accepts_most; ++count) {
        io::Fd socket(::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
            turn_away();
        else if (!socket)
            break; // nobody more, or one that changed its mind: the kernel tells again of others
        else
            add(std::move(socket));
    }
    await_more();
}

void DataSocket::await_more() {
    listener_.async_wait(stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
        if (!error)
            accept_some();
    });
}

// Without a descriptor it could not even be turned away, and would stay in the queue for ever.
void DataSocket::turn_away() {
    spare_.reset();
    io::Fd(::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC)).reset();
    spare_ = open_spare();
}

void DataSocket::add(io::Fd socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return;
    if (io::Fd higher(::fcntl(socket.get(), F_DUPFD_CLOEXEC, lowest_)); higher)
        socket = std::move(higher);
    const auto connection = std::make_shared<Connection>(loop_, std::move(socket), ++last_);
    connections_[connection->key] = connection;
    heard_(DataConnected{connection->key, static_cast<std::int64_t>(peer.uid)});
    wait(connection);
}

void DataSocket::wait(const std::shared_ptr<Connection>& connection) {
    if (!connection->closed)
        connection->descriptor.async_wait(stream_descriptor::wait_read,
                                          [this, connection](const boost::system::error_code& error) {
                                              if (!error && !connection->closed)
                                                  read_some(connection);
                                          });
}

void DataSocket::read_some(const std::shared_ptr<Connection>& connection) {
    std::array<char, packet_bytes> room{};
    for (int count = 0; count < reads_most && !connection->closed; ++count) {
        // Descriptors that come along find no room here, and the kernel closes them.
        const ssize_t bytes =
            ::recv(connection->descriptor.native_handle(), room.data(), room.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (bytes <= 0) {
            heard_(DataClosed{connection->key});
            close(connection->key);
            return;
        }
        const auto whole = static_cast<std::size_t>(bytes) <= room.size();
        heard_(DataMessage{connection->key, whole ? std::string(room.data(), static_cast<std::size_t>(bytes)) : ""});
    }
    wait(connection);
}

bool DataSocket::send(const SendData& message) {
    const auto found = connections_.find(message.connection);
    if (found == connections_.end())
        return false;
    if (pass(*found->second, message))
        return true;
    close(message.connection); // at once: what comes after it would be taken for it
    return false;
}

bool DataSocket::pass(Connection& connection, const SendData& message) {
    try {
        std::vector<io::Fd> readers;
        std::vector<int> numbers;
        for (const auto descriptor : message.descriptors) {
            readers.push_back(io::reopen_read_only(descriptor));
            numbers.push_back(readers.back().get());
        }
        return io::send_packet(connection.descriptor.native_handle(), message.text, numbers) == io::SendStatus::sent;
    } catch (const std::system_error&) {
        return false; // no descriptor left to reopen it with
    }
}

void DataSocket::close(DataKey connection) {
    const auto found = connections_.find(connection);
    if (found == connections_.end())
        return;
    found->second->closed = true;
    found->second->descriptor.close();
    connections_.erase(found);
}

} // namespace rekam::gate
