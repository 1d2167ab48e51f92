// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/tests/sane_env.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace rekam::sane_test {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (const std::string& text : texts)
        all.push_back(const_cast<char*>(text.c_str())); // exec takes them so and changes nothing
    all.push_back(nullptr);
    return all;
}

/// Forks and runs command with its standard output on out (-1: nowhere) and nothing else of ours.
pid_t spawn(const std::vector<std::string>& command, const std::vector<std::string>& environment, int out,
            bool own_group) {
    std::vector<std::string> variables = environment; // the first of a name counts
    for (char** variable = environ; *variable; ++variable)
        variables.emplace_back(*variable);
    const auto arguments = pointers(command), values = pointers(variables);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid != 0)
        return pid;
    if (own_group)
        ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
        ::_exit(127);
    const int nowhere = ::open("/dev/null", O_RDWR);
    ::dup2(nowhere, 0);
    ::dup2(out < 0 ? nowhere : out, 1);
    ::dup2(nowhere, 2);
    ::execvpe(arguments[0], arguments.data(), values.data());
    ::_exit(127);
}

} // namespace

TempDir::TempDir() {
    std::string pattern = std::filesystem::temp_directory_path() / "rekam-sane-XXXXXX";
    if (!::mkdtemp(pattern.data()))
        throw std::runtime_error("no temporary folder");
    path_ = pattern;
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void TempDir::write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name) << text;
}

const TempDir& config_dir() {
    static const TempDir dir;
    ::setenv("SANE_CONFIG_DIR", dir.path().c_str(), 1);
    return dir;
}

TestBackend::TestBackend(const std::string& lines) {
    // The back end keeps what an earlier configuration of this process said, so each says everything.
    config_dir().write("dll.conf", "test\n");
    config_dir().write("test.conf", "number_of_devices 2\nmode Gray\ndepth 8\nread-status-code \"Default\"\n"
                                    "resolution_min 1.0\nresolution_max 1200.0\nresolution_quant 1.0\nresolution 75.0\n"
                                    "geometry_min 0.0\ngeometry_max 200.0\ngeometry_quant 1.0\n"
                                    "tl_x 0.0\ntl_y 0.0\nbr_x 40.0\nbr_y 30.0\n" +
                                        lines);
}

Ran run_program(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe");
    const pid_t pid = spawn(command, environment, ends[1], false);
    ::close(ends[1]);
    Ran ran;
    std::array<uint8_t, 65536> buffer{};
    for (ssize_t got = 0; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
        ran.out.insert(ran.out.end(), buffer.begin(), buffer.begin() + got);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ran;
}

Child::Child(const std::vector<std::string>& command, const std::vector<std::string>& environment)
    : pid_(spawn(command, environment, -1, true)) {
    ::setpgid(pid_, pid_);               // whoever comes first
    ::prctl(PR_SET_CHILD_SUBREAPER, 1L); // its own children come to us when it dies before them
}

Child::~Child() { kill(); }

void Child::signal(int number) const {
    if (pid_ > 0)
        ::kill(-pid_, number);
}

void Child::kill() {
    if (pid_ <= 0)
        return;
    signal(SIGKILL);
    while (::waitpid(-pid_, nullptr, 0) > 0) {
    }
    pid_ = -1;
}

} // namespace rekam::sane_test
