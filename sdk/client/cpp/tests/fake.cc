// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/client/cpp/tests/fake.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace rekam {
namespace {

std::string read_line(std::FILE* from) {
    std::string line;
    for (int c = std::fgetc(from); c != EOF && c != '\n'; c = std::fgetc(from))
        line += static_cast<char>(c);
    return line;
}

std::string script() {
    const char* source = std::getenv("REKAM_SOURCE_DIR");
    if (source == nullptr)
        throw std::runtime_error("REKAM_SOURCE_DIR is not set: run the test through ctest");
    return std::string(source) + "/sdk/client/python/tests/fake_station.py";
}

} // namespace

FakeStation::FakeStation() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rekam-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
        throw std::runtime_error("mkdtemp failed");
    directory_ = pattern;
    std::array<int, 2> to{};
    std::array<int, 2> from{};
    if (pipe2(to.data(), O_CLOEXEC) != 0 || pipe2(from.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("pipe failed");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    std::string python = "/usr/bin/python3";
    std::string path = script();
    std::array<char*, 4> arguments = {python.data(), path.data(), directory_.data(), nullptr};
    const int failed = posix_spawn(&pid_, python.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(to[0]);
    ::close(from[1]);
    if (failed != 0)
        throw std::runtime_error("the fake station cannot be started");
    to_ = fdopen(to[1], "w");
    from_ = fdopen(from[0], "r");
    if (read_line(from_) != "true")
        throw std::runtime_error("the fake station did not start");
}

FakeStation::~FakeStation() {
    std::fclose(to_); // end of input is its end
    std::fclose(from_);
    waitpid(pid_, nullptr, 0);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

std::string FakeStation::command(const std::string& json) {
    std::fprintf(to_, "%s\n", json.c_str());
    std::fflush(to_);
    return read_line(from_);
}

void FakeStation::fault(const std::string& name, const std::string& op, const std::string& more) {
    command(R"({"fault":")" + name + R"(","op":")" + op + '"' + (more.empty() ? "" : "," + more) + "}");
}

int FakeStation::sent(const std::string& op) { return std::stoi(command(R"({"do":"count","op":")" + op + R"("})")); }

void PeerTest::wait_for(const std::function<bool()>& condition, const char* what) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
        ASSERT_LT(std::chrono::steady_clock::now(), until) << "waited 30 s for " << what;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

ErrorBody PeerTest::refused(const std::string& code, const std::function<void()>& function) {
    try {
        function();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << error.what();
        return error.body();
    }
    ADD_FAILURE() << "wanted " << code;
    return {};
}

} // namespace rekam
