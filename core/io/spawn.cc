// SPDX-License-Identifier: Apache-2.0
#include "core/io/spawn.h"

#include "core/io/packet_socket.h"
#include "core/io/process_tree.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace rekam::io {
namespace {

/// Libraries that use select() break on higher numbers, so children start with the classic limit.
constexpr rlim_t soft_files = 1'024;
/// Below it the final numbers lie; copies are made above, so that none is overwritten before it is in place.
constexpr int first_free = 10;
constexpr int channel_number = 3, report_number = 4;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::pair<Fd, Fd> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        fail("pipe");
    std::pair<Fd, Fd> pipe{Fd(ends[0]), Fd(ends[1])};
    // The reading end only: a child's prints may wait, this thread never does.
    if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        fail("pipe");
    return pipe;
}

/// Everything that the child needs, made before the fork: after it nothing may be allocated.
struct Prepared {
    const char* program;
    char* const* arguments;
    char* const* environment;
    std::uint64_t mark;
    pid_t parent;
    int stdin_fd, output, channel, report;
};

void reset_signals() {
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal)
        ::sigaction(signal, &usual, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool place_descriptors(const Prepared& prepared) {
    const int input = ::fcntl(prepared.stdin_fd, F_DUPFD, first_free);
    const int output = ::fcntl(prepared.output, F_DUPFD, first_free);
    const int channel = ::fcntl(prepared.channel, F_DUPFD, first_free);
    const int report = ::fcntl(prepared.report, F_DUPFD, first_free);
    return ::dup2(input, STDIN_FILENO) >= 0 && ::dup2(output, STDOUT_FILENO) >= 0 &&
           ::dup2(output, STDERR_FILENO) >= 0 && ::dup2(channel, channel_number) >= 0 &&
           ::dup3(report, report_number, O_CLOEXEC) >= 0 && ::syscall(SYS_close_range, report_number + 1, ~0U, 0U) == 0;
}

void set_limits() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::min(files.rlim_max, soft_files);
    ::setrlimit(RLIMIT_NOFILE, &files);
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
}

[[noreturn]] void become_child(const Prepared& prepared) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != prepared.parent) // it died before the line above
        ::_exit(127);
    reset_signals();
    ::umask(077);
    set_limits();
    set_mark(prepared.mark);
    int report = prepared.report;
    if (place_descriptors(prepared)) {
        report = report_number;
        ::execve(prepared.program, prepared.arguments, prepared.environment);
    }
    const ExecFailure failure{.error = errno};
    static_cast<void>(!::write(report, &failure, sizeof failure));
    ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (auto& text : texts)
        list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

/// Signals wait while a fork is under way: a handler of ours must not run in the child.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    sigset_t before_{};
};

} // namespace

Spawned spawn(const Command& command) {
    std::vector<std::string> arguments{command.program};
    arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
    std::vector<std::string> environment;
    for (const auto& [name, value] : command.environment)
        environment.push_back(name + "=" + value);
    const auto argument_list = pointers(arguments);
    const auto environment_list = pointers(environment);
    auto [near, far] = make_socket_pair();
    auto [output, output_end] = make_pipe();
    auto [report, report_end] = make_pipe();
    const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!null)
        fail("open /dev/null");
    const Prepared prepared{.program = command.program.c_str(),
                            .arguments = argument_list.data(),
                            .environment = environment_list.data(),
                            .mark = command.mark,
                            .parent = ::getpid(),
                            .stdin_fd = null.get(),
                            .output = output_end.get(),
                            .channel = far.get(),
                            .report = report_end.get()};
    pid_t pid = -1;
    {
        const SignalsBlocked blocked;
        pid = ::fork();
        if (pid == 0)
            become_child(prepared);
    }
    if (pid < 0)
        fail("fork");
    ::setpgid(pid, pid); // here too: whoever comes first, the group exists before anybody signals it
    Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
    if (!pidfd) {
        const int error = errno;
        ::kill(pid, SIGKILL);
        errno = error;
        fail("pidfd_open");
    }
    return {.pid = pid,
            .pidfd = std::move(pidfd),
            .channel = std::move(near),
            .output = std::move(output),
            .report = std::move(report)};
}

} // namespace rekam::io
