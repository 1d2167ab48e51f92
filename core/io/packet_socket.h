// SPDX-License-Identifier: Apache-2.0
// One end of a SOCK_SEQPACKET socketpair, with descriptors: the system calls and their odd answers, and nothing else.
// Not thread-safe; never blocks.
#pragma once

#include "core/io/fd.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rekam::io {

/// Both ends are close-on-exec and non-blocking. Throws std::system_error when descriptors are exhausted.
std::pair<Fd, Fd> make_socket_pair();

enum class SendStatus {
    sent,
    full,  ///< the socket takes nothing now: wait until it is writable
    later, ///< the kernel has no room for descriptors in flight or for memory: try again after some milliseconds
    gone,  ///< nobody reads at the other end; what it sent before can still be read
};

/// Sends one packet. The descriptors are borrowed; the kernel has made its own references when this returns `sent`.
/// Throws std::system_error for anything that only a bug can cause (a bad descriptor, an oversized packet).
SendStatus send_packet(int socket, std::string_view bytes, std::span<const int> descriptors);

enum class ReceiveStatus {
    packet,
    empty,  ///< nothing there now
    ended,  ///< end of file, or a packet of no bytes, which cannot be told apart
    broken, ///< too many bytes or descriptors for a packet of ours: the peer is no child of this build
};

struct Received {
    ReceiveStatus status = ReceiveStatus::empty;
    std::string_view bytes;      ///< in a buffer of this thread, until its next receive_packet
    std::vector<Fd> descriptors; ///< only with `packet`; those of a broken packet are closed already
    std::string reason;          ///< only with `broken`
};

/// Takes one packet. A reset that the peer's death left in front of its last packets is skipped.
Received receive_packet(int socket);

} // namespace rekam::io
