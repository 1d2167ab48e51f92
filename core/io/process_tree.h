// SPDX-License-Identifier: Apache-2.0
// Who descends from this process, and from which of its children. A vendor's helper that calls setsid and loses its
// parent is handed to rekamd (a subreaper), and nothing in /proc says any more where it came from. So each child
// carries a mark that everything it starts inherits, through fork, setsid, exec and an empty environment: the value of
// RLIMIT_LOCKS, which Linux has not used since 2.4. Reading it takes no lock that a process stuck in the kernel holds
// (reading its environment would).
#pragma once

#include <cstdint>
#include <vector>

#include <sys/types.h>

namespace rekam::io {

/// Marks the calling process. Safe between fork and exec.
void set_mark(std::uint64_t mark);

struct Descendant {
    pid_t pid = 0, parent = 0;
    std::uint64_t start_ticks = 0; ///< with the pid it names one process for ever
    bool zombie = false;
    std::uint64_t mark = 0; ///< of itself or of the nearest ancestor that has one; 0: none
};

/// All descendants of this process, parents before their children. Costs about 10 µs per process of the machine.
std::vector<Descendant> descendants();

/// SIGKILL to exactly this process: not to another that took its number since.
void kill_exactly(const Descendant& process);

} // namespace rekam::io
