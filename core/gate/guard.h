// SPDX-License-Identifier: Apache-2.0
// Bounds that libzmq 4.3 does not have: it aborts when descriptors run out, and it keeps the parts of an unfinished
// message without limit. Both happen inside its I/O thread before any of our code hears of it. So this program defines
// accept, accept4, recv and close itself; the dynamic linker binds libzmq's calls to them. Sockets that are not ours to
// guard pass through untouched.
#pragma once

#include <cstdint>

namespace rekam::gate::guard {

enum class Kind : std::uint8_t { none, requests, events };

struct Limits {
    int descriptors = 0;            ///< a connection whose descriptor would have this number or a higher one is refused
    std::int64_t message_bytes = 0; ///< a connection may fill this much memory between two messages that were taken
    std::int64_t total_bytes = 0;   ///< the same over all connections
    std::int64_t subscription_bytes = 64 * 1024; ///< an events connection may send this much, and then a trickle
};

/// Once, before the first listening socket is given to libzmq.
void start(const Limits& limits);

/// A listening socket: what it accepts is guarded.
void listening(int descriptor, Kind kind);

/// The connection behind a descriptor, as a number that no later connection has.
std::uint64_t connection(int descriptor);

/// A whole message of this connection has been taken from libzmq.
void taken(int descriptor);

/// Ends a connection; harmless when it is gone. In a race with its end it may hit the next connection with the same
/// descriptor: that client connects again.
void cut(std::uint64_t connection);

struct Totals {
    std::int64_t refused = 0;  ///< connections over the limit, and those cut for sending without end
    std::int64_t not_zmtp = 0; ///< connections that began with something else, such as HTTP
};
Totals totals();

} // namespace rekam::gate::guard
