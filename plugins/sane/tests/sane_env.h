// SPDX-License-Identifier: Apache-2.0 OR MIT
// The world around the plugin: a private SANE configuration, SANE's own programs, and what must not outlive the test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rekam::sane_test {

/// A private folder, removed at the end.
class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    const std::string& path() const { return path_; }
    void write(const std::string& name, const std::string& text) const;

  private:
    std::string path_;
};

/// The folder that SANE_CONFIG_DIR names. One for the whole process: libsane reads the variable only once.
const TempDir& config_dir();

/// A configuration with Debian's `test` back end alone, for the hosts that are made while it lives.
/// lines: of test.conf, on top of defaults with a small area.
class TestBackend {
  public:
    explicit TestBackend(const std::string& lines = "");
};

struct Ran {
    int exit_code = -1; // -1: ended by a signal
    std::vector<uint8_t> out;
};

/// Runs a program to its end; standard error is thrown away. environment: before ours, "NAME=value".
Ran run_program(const std::vector<std::string>& command, const std::vector<std::string>& environment = {});

/// A child in a process group of its own; killed with all of it at the end.
class Child {
  public:
    Child(const std::vector<std::string>& command, const std::vector<std::string>& environment);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    pid_t pid() const { return pid_; }
    /// To every process of the group.
    void signal(int number) const;
    void kill();

  private:
    pid_t pid_;
};

} // namespace rekam::sane_test
