// SPDX-License-Identifier: Apache-2.0
// The one source of chance of a run: the same seed gives the same numbers on every machine and build.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rekam::sim {

class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15U + 0x1234567) {}

    std::uint64_t next() { // splitmix64
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    /// 0 .. n-1; 0 for n = 0.
    std::size_t below(std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(next() % n); }
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(next() % (static_cast<std::uint64_t>(high - low) + 1));
    }
    bool chance(std::int64_t per_mille) { return static_cast<std::int64_t>(next() % 1000) < per_mille; }
    template <class Many> auto& pick(Many& many) { return many[below(many.size())]; }

  private:
    std::uint64_t state_;
};

} // namespace rekam::sim
