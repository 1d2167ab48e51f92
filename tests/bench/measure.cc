// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/measure.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace rekam::bench {

std::int64_t now_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

double percentile(std::vector<double>& values, double share) {
    if (values.empty())
        return 0;
    std::ranges::sort(values);
    const auto last = static_cast<double>(values.size() - 1);
    return values[static_cast<std::size_t>(std::lround(last * share))];
}

std::int64_t cpu_ns(const std::vector<pid_t>& processes) {
    std::int64_t total = 0;
    for (const auto pid : processes) {
        // Of a process as a whole the kernel counts in steps of 10 ms; of a thread, in nanoseconds.
        for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
            std::ifstream file(thread.path() / "schedstat");
            std::int64_t ran = 0;
            if (file >> ran) // a thread may end meanwhile
                total += ran;
        }
    }
    return total;
}

void Figures::print() const {
    const char* between = "{";
    for (const auto& [who, series] : all_) {
        std::printf("%s\"%s\":", between, who.c_str());
        between = "{";
        for (const auto& [what, values] : series) {
            std::printf("%s\"%s\":", between, what.c_str());
            between = "[";
            for (const double value : values) {
                std::printf("%s%.6g", between, value);
                between = ",";
            }
            std::printf("]");
            between = ",";
        }
        std::printf("}");
        between = ",";
    }
    std::printf("%s\n", all_.empty() ? "{}" : "}");
    std::fflush(stdout);
}

void must(bool done, std::string_view what) {
    if (!done)
        throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

} // namespace rekam::bench
