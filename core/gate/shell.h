// SPDX-License-Identifier: Apache-2.0
// The gate's loop: feeds the table from ZeroMQ and from the broker's channel, and does what it asks for.
#pragma once

#include "core/gate/data_socket.h"
#include "core/gate/front.h"
#include "core/gate/table.h"
#include "core/io/channel.h"
#include "core/io/clock.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <optional>

namespace rekam::gate {

/// A line for the collector at stderr: level and message, control characters escaped.
void log_line(Level level, std::string_view message);

class Shell {
  public:
    Shell(io::Fd channel, const Bounds& bounds);
    ~Shell();
    Shell(const Shell&) = delete;
    Shell& operator=(const Shell&) = delete;

    /// Until the table asks for the end or the broker is gone; the exit code. Throws what only a broken machine or a
    /// broken broker causes.
    int run();

  private:
    void feed(Event event);
    void perform(Effect& effect);
    void open(const Open& effect);
    void watch();
    void to_broker(wire::Message message);
    void broker_gone(io::ChannelEnd how, const std::string& reason);
    /// Everything that ZeroMQ has; true when there may be more.
    bool drain();
    void arm();
    void tick_if_due();

    boost::asio::io_context loop_;
    io::Clock clock_;
    Table table_;
    std::optional<io::Channel> channel_;
    std::optional<Front> front_;
    std::optional<DataSocket> data_;
    struct Watched {
        Watched(boost::asio::io_context& loop, int number) : descriptor(loop, number) {}
        boost::asio::posix::stream_descriptor descriptor; ///< libzmq's, borrowed
        bool waiting = false;
    };
    std::list<Watched> watched_;
    boost::asio::steady_timer timer_;
    std::int64_t armed_us_ = never_us;
    std::vector<SendRefused> refused_;
    std::vector<DataKey> gone_; ///< took nothing
    std::optional<int> exit_code_;
};

} // namespace rekam::gate
