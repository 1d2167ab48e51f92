// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/trace.h"

#include <cstdio>

namespace rekam::sim {
namespace {

constexpr std::size_t kept = 60;
constexpr std::size_t width = 300;

} // namespace

void Trace::add(std::int64_t now_us, std::string_view who, std::string_view what) {
    std::string line = std::to_string(now_us);
    line.insert(line.size() > 6 ? line.size() - 6 : 0, ".");
    line += "  ";
    line += who;
    line += ": ";
    line += what;
    for (const char c : line) { // FNV-1a
        hash_ ^= static_cast<unsigned char>(c);
        hash_ *= 0x100000001b3U;
    }
    if (line.size() > width)
        line.resize(width);
    if (print_)
        std::printf("%s\n", line.c_str());
    last_.push_back(std::move(line));
    if (last_.size() > kept)
        last_.pop_front();
}

} // namespace rekam::sim
