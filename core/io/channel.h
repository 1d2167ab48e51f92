// SPDX-License-Identifier: Apache-2.0
// A channel between two of our processes: messages in, messages out, over one end of a seqpacket socketpair, on an Asio
// loop. It never blocks and its queue is bounded. Everything happens on the thread that runs the io_context.
//
// Descriptors: a message handed to send() takes its descriptors along, whatever becomes of it; the channel closes them.
// A message handed to `received` brings its descriptors to the handler, which closes them or passes them on.
#pragma once

#include "core/io/fd.h"
#include "core/wire/packet.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace rekam::io {

/// What may wait for a slow reader. Beyond it send() refuses: the owner then gives the peer up.
struct ChannelLimits {
    std::size_t packets = 512;
    std::size_t bytes = std::size_t{8} << 20;
};

enum class ChannelEnd {
    closed, ///< end of file: the peer is gone or closed its end
    broken, ///< the peer sent what no peer of this build sends
};

class Channel {
  public:
    struct Handlers {
        std::function<void(wire::Message)> received;
        /// At most once, after the last message; never from inside send() or flush(). The channel is closed by then.
        std::function<void(ChannelEnd, const std::string& reason)> ended;
    };

    /// Starts reading at the next turn of the loop.
    Channel(boost::asio::io_context& loop, Fd socket, Handlers handlers, ChannelLimits limits = {});
    /// Also allowed inside a handler. Unsent messages are dropped.
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Queues a message. Everything queued in one turn of the loop leaves packed, by itself, at its end. False: the
    /// queue is full and the message is dropped. A message to a peer that is gone is dropped and counts as queued.
    /// Throws std::length_error for a message over the limits of wire::Packer.
    [[nodiscard]] bool send(wire::Message message);

    /// Sends now what is queued, as far as the socket takes it. For loops that do not wait for the turn's end.
    void flush();

    /// Reads and delivers all that the peer has sent, without waiting; reports `ended` if the end is among it. For the
    /// death of a child: its last messages come before its exit.
    void drain();

    [[nodiscard]] bool idle() const; ///< nothing waits to be sent
    [[nodiscard]] bool closed() const;
    void close(); ///< no handler is called any more

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace rekam::io
