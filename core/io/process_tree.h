// SPDX-License-Identifier: Apache-2.0
// Who descends from this process, and from which of its children. A vendor's helper that calls setsid and loses its
// parent is handed to rekamd (a subreaper), and nothing in /proc says any more where it came from. So each child
// carries a mark that everything it starts inherits, through fork, setsid, exec and an empty environment: the value of
// RLIMIT_LOCKS, which Linux has not used since 2.4. Reading it takes no lock that a process stuck in the kernel holds
// (reading its environment would). Its upper half names the station, so that the rekamd of a later life knows what an
// earlier one left behind when it was killed and init took its orphans.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace rekam::io {

/// The station's half of its children's marks; the lower half is 0. Never 0, and never a half of RLIM_INFINITY.
std::uint64_t station_mark(std::string_view station_id);

/// Marks the calling process. Safe between fork and exec.
void set_mark(std::uint64_t mark);

struct Descendant {
    pid_t pid = 0, parent = 0;
    std::uint64_t start_ticks = 0; ///< with the pid it names one process for ever
    bool zombie = false;
    std::uint64_t mark = 0; ///< of itself or of the nearest ancestor that has one; 0: none
    std::string name;       ///< its own word: may hold anything
};

/// The descendants of this process, parents before their children; those that `leave_out` names are left out with all
/// that descends from them. Costs about 20 µs for each one looked at.
std::vector<Descendant> descendants(const std::function<bool(pid_t)>& leave_out);

/// The same where the kernel keeps no lists of children (CONFIG_PROC_CHILDREN). Costs about 10 µs for each process of
/// the machine.
std::vector<Descendant> scanned_descendants(const std::function<bool(pid_t)>& leave_out);

/// All living processes of this machine with a mark of that station, this one not among them. Only where the caller may
/// read it: of its own user, or all for root.
std::vector<Descendant> marked(std::uint64_t station);

/// SIGKILL to exactly this process: not to another that took its number since.
void kill_exactly(const Descendant& process);

} // namespace rekam::io
