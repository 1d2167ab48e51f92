// SPDX-License-Identifier: Apache-2.0
// The Unix socket where local programs show tickets and get descriptors. Nothing here waits, and nothing is decided
// here: the table hears who came and what was said.
#pragma once

#include "core/gate/event.h"
#include "core/io/fd.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <map>
#include <memory>

namespace rekam::gate {

class DataSocket {
  public:
    /// Hears DataConnected, DataMessage, DataClosed.
    using Heard = std::function<void(Event)>;

    /// Listens at `path` (0660). Its connections have descriptors from `lowest` on, where there are such: below are
    /// those of ZeroMQ, which counts its connections by their numbers. Throws std::runtime_error.
    DataSocket(boost::asio::io_context& loop, const std::string& path, int lowest, Heard heard);
    ~DataSocket();
    DataSocket(const DataSocket&) = delete;
    DataSocket& operator=(const DataSocket&) = delete;

    /// False: it does not read, or is gone, and the connection has ended. The descriptors stay the caller's; what is
    /// sent of them can only be read.
    [[nodiscard]] bool send(const SendData& message);
    /// Of one that is gone: nothing.
    void close(DataKey connection);

  private:
    struct Connection;

    static bool pass(Connection& connection, const SendData& message);
    void accept_some();
    void await_more();
    void add(io::Fd socket);
    void turn_away();
    void wait(const std::shared_ptr<Connection>& connection);
    void read_some(const std::shared_ptr<Connection>& connection);

    boost::asio::io_context& loop_;
    boost::asio::posix::stream_descriptor listener_;
    int lowest_;
    Heard heard_;
    io::Fd spare_; ///< closed for the moment in which somebody is turned away though no descriptor is left
    DataKey last_ = 0;
    std::map<DataKey, std::shared_ptr<Connection>> connections_;
};

} // namespace rekam::gate
