// SPDX-License-Identifier: Apache-2.0
// Starts one process the way every child of rekamd is started. fork and exec, because what has to happen between them
// (death signal, mark, descriptors) posix_spawn does not know, and because exec on a dead disk must not hold up the
// caller, as vfork would.
#pragma once

#include "core/io/fd.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace rekam::io {

struct Command {
    std::string program; ///< absolute path
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environment; ///< all of it
    /// Inherited by everything that the process starts; see process_tree.h.
    std::uint64_t mark = 0;
};

struct Spawned {
    pid_t pid = -1;
    Fd pidfd;
    Fd channel; ///< the far end is the child's descriptor 3
    Fd output;  ///< non-blocking; the child's stdout and stderr
    Fd report;  ///< non-blocking; reads as end of file once exec succeeded, else as an ExecFailure
};

struct ExecFailure {
    int error = 0;
};

/// The child: a process group of its own, killed when the calling thread dies, umask 077, default signals, no core
/// dumps (they would hold pictures of people), stdin /dev/null, and no descriptor but 0 to 3.
/// The calling thread must live as long as the process. Throws std::system_error when the machine has no room.
Spawned spawn(const Command& command);

} // namespace rekam::io
