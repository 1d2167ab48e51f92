// SPDX-License-Identifier: Apache-2.0 OR MIT
// SANE's own server on the loopback, with the `test` back end behind it.
#pragma once

#include "plugins/sane/tests/sane_env.h"

#include <memory>

namespace rekam::sane_test {

/// SANE's net client knows only port 6566, so each server gets a loopback address of its own where that port is free.
class Saned {
  public:
    /// Also writes the client's configuration: the net back end alone, with this server.
    Saned();
    /// The SANE name of a scanner of this server.
    std::string scanner(int number = 0) const { return "net:" + address_ + ":test:" + std::to_string(number); }

    void stop() const;
    void go_on() const;
    void kill() { child_ = nullptr; }
    void start_again();

  private:
    TempDir config_;
    std::string address_;
    std::unique_ptr<Child> child_;
};

} // namespace rekam::sane_test
