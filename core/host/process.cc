// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <linux/close_range.h>
#include <sched.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rekam::host {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true; // a sanitizer reserves terabytes of addresses
#else
constexpr bool sanitized = false;
#endif

constexpr rlim_t max_descriptors = 1'024;
// Frames are memfds and count while they are mapped: several pages of 1 GiB, the SDK, and room.
constexpr rlim_t max_address_bytes = rlim_t{32} << 30;

void must(bool done, const char* what) {
    if (!done)
        throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

void lower(__rlimit_resource resource, rlim_t most, const char* name, std::vector<std::string>& missing) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) == 0) {
        limit.rlim_max = std::min(limit.rlim_max, most);
        limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
        if (::setrlimit(resource, &limit) == 0)
            return;
    }
    missing.emplace_back(name);
}

/// PR_SET_PDEATHSIG misses a parent that died before it; the channel's creator is who the parent must be.
void die_with_parent() {
    must(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "PR_SET_PDEATHSIG");
    ucred creator{};
    socklen_t size = sizeof creator;
    must(::getsockopt(channel_fd, SOL_SOCKET, SO_PEERCRED, &creator, &size) == 0, "no channel at descriptor 3");
    if (creator.pid != ::getppid())
        throw std::runtime_error("the station that started this host is gone");
}

} // namespace

std::vector<std::string> prepare_process() {
    std::vector<std::string> missing;
    die_with_parent();
    must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
    must(::syscall(SYS_close_range, channel_fd + 1, ~0u, 0) == 0, "close_range");
    must(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR, "SIGPIPE");
    ::umask(077);
    sched_param ordinary{};
    if (::sched_setscheduler(0, SCHED_OTHER, &ordinary) != 0)
        missing.emplace_back("scheduler");
    lower(RLIMIT_CORE, 0, "core limit", missing);
    lower(RLIMIT_NOFILE, max_descriptors, "descriptor limit", missing);
    if (!sanitized)
        lower(RLIMIT_AS, max_address_bytes, "address limit", missing);
    return missing;
}

} // namespace rekam::host
