// SPDX-License-Identifier: Apache-2.0
// What every measurement needs: a clock, percentiles, a process's time on the processor, and JSON for bench.py.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace rekam::bench {

std::int64_t now_ns();

/// The value below which `share` (0 to 1) of them lie; sorts them. 0 when there are none.
double percentile(std::vector<double>& values, double share);

/// Time on the processor of all threads of these processes so far. Throws when one is gone.
std::int64_t cpu_ns(const std::vector<pid_t>& processes);

/// Named figures, one per round, in the order of the rounds: {"capture": {"p50_us": [..]}}.
class Figures {
  public:
    void add(const std::string& who, const std::string& what, double value) { all_[who][what].push_back(value); }
    /// One line of JSON on stdout.
    void print() const;

  private:
    std::map<std::string, std::map<std::string, std::vector<double>>> all_;
};

/// Throws std::runtime_error naming `what` and errno unless `done`.
void must(bool done, std::string_view what);

} // namespace rekam::bench
