// SPDX-License-Identifier: Apache-2.0
// What happened, as lines: all of it goes into a hash, the last lines are kept for a report.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace rekam::sim {

class Trace {
  public:
    explicit Trace(bool print = false) : print_(print) {}

    void add(std::int64_t now_us, std::string_view who, std::string_view what);

    [[nodiscard]] std::uint64_t hash() const { return hash_; }
    [[nodiscard]] const std::deque<std::string>& last() const { return last_; }

  private:
    bool print_;
    std::uint64_t hash_ = 0xcbf29ce484222325U;
    std::deque<std::string> last_;
};

} // namespace rekam::sim
