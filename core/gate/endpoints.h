// SPDX-License-Identifier: Apache-2.0
// Listening sockets, made here and not by libzmq: so their mode is right from the first moment and the guard knows
// them.
#pragma once

#include "core/io/fd.h"

#include <string>

namespace rekam::gate {

/// A Unix socket at `path` that its owner and group may use (0660). A socket that a dead gate left there is removed;
/// anything else there is an error. Throws std::runtime_error with the path and what is wrong.
io::Fd listen_ipc(const std::string& path);

/// The same, for packets (SOCK_SEQPACKET).
io::Fd listen_packets(const std::string& path);

/// `endpoint` is tcp://127.x.y.z:port. Throws std::runtime_error, also for any address that is not loopback.
io::Fd listen_tcp(const std::string& endpoint);

} // namespace rekam::gate
