// SPDX-License-Identifier: Apache-2.0
#include "core/gate/process.h"

#include "core/io/fd.h"
#include "core/wire/packet.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rekam::gate {
namespace {

constexpr rlim_t most_descriptors = 65'536;

void must(bool done, const char* what) {
    if (!done)
        throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

/// PR_SET_PDEATHSIG misses a parent that died before it; the channel's creator is who the parent must be.
void die_with_parent() {
    must(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "PR_SET_PDEATHSIG");
    ucred creator{};
    socklen_t size = sizeof creator;
    must(::getsockopt(channel_fd, SOL_SOCKET, SO_PEERCRED, &creator, &size) == 0, "no channel at descriptor 3");
    if (creator.pid != ::getppid())
        throw std::runtime_error("the station that started this gate is gone");
}

void set_limits() {
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    must(::setrlimit(RLIMIT_CORE, &no_core) == 0, "RLIMIT_CORE");
    rlimit files{};
    must(::getrlimit(RLIMIT_NOFILE, &files) == 0, "RLIMIT_NOFILE");
    files.rlim_cur = std::min(files.rlim_max, most_descriptors);
    must(::setrlimit(RLIMIT_NOFILE, &files) == 0, "RLIMIT_NOFILE");
}

} // namespace

void prepare_process() {
    die_with_parent();
    must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
    must(::syscall(SYS_close_range, channel_fd + 1, ~0U, 0) == 0, "close_range");
    must(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR, "SIGPIPE");
    ::umask(077);
    set_limits();
    unsigned seed = 0;
    must(::getrandom(&seed, sizeof seed, 0) == static_cast<ssize_t>(sizeof seed), "getrandom");
    std::srand(seed);
}

int descriptor_limit() {
    rlimit files{};
    must(::getrlimit(RLIMIT_NOFILE, &files) == 0, "RLIMIT_NOFILE");
    return static_cast<int>(std::min(files.rlim_cur, most_descriptors));
}

int descriptors_in_use() {
    const io::Fd probe = io::duplicate(STDERR_FILENO);
    must(static_cast<bool>(probe), "no descriptor is free");
    return probe.get();
}

Room share_descriptors(int in_use, int limit, std::int64_t connections) {
    // Besides connections: parts on the channel, parts that wait for clients, what is handed out by descriptor and to
    // whom, and a few to work with.
    constexpr int on_channel = static_cast<int>(wire::descriptor_credit), work = 8;
    const int waiting = std::min(256, limit / 8);
    const int kept = std::min(192, limit / 8), data = std::min(128, limit / 16);
    const int left = std::max(1, limit - in_use - on_channel - work - waiting - kept - data);
    return {in_use + static_cast<int>(std::clamp<std::int64_t>(connections, 1, left)),
            static_cast<std::size_t>(waiting), static_cast<std::size_t>(kept), static_cast<std::size_t>(data)};
}

} // namespace rekam::gate
