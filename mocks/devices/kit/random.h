// SPDX-License-Identifier: Apache-2.0 OR MIT
// Randomness that is the same on every machine: the standard's distributions are not. Pure.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace rekam::mock {

// A number of the text that spreads well (FNV-1a).
constexpr uint32_t seed_of(std::string_view text) {
    uint32_t hash = 2166136261u;
    for (const char c : text)
        hash = (hash ^ static_cast<uint8_t>(c)) * 16777619u;
    return hash;
}

constexpr uint64_t mix(uint64_t value) { // splitmix64
    value += 0x9E3779B97F4A7C15u;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
}

class Random {
  public:
    // The same seed and purpose give the same run; another purpose an independent one.
    explicit Random(uint64_t seed, std::string_view purpose = {}) : state_(mix(seed) ^ seed_of(purpose)) {}

    uint64_t next() { return mix(state_++); }
    uint32_t below(uint32_t end) { return static_cast<uint32_t>(next() % end); }
    int32_t between(int32_t low, int32_t high) {
        return low + static_cast<int32_t>(below(static_cast<uint32_t>(high - low + 1)));
    }
    double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    double between(double low, double high) { return low + (high - low) * unit(); }
    bool chance(double part) { return unit() < part; }
    // Near zero, as nature likes it: the sum of twelve halves has deviation 1.
    double normal() {
        double sum = -6;
        for (int i = 0; i < 12; ++i)
            sum += unit();
        return sum;
    }
    template <class List> const auto& pick(const List& list) {
        return list[below(static_cast<uint32_t>(std::size(list)))];
    }

  private:
    uint64_t state_;
};

// Smooth noise in -1..1: random values at whole places, eased between them. One octave; add several for texture.
class Noise {
  public:
    explicit Noise(uint64_t seed) : seed_(mix(seed)) {}
    double at(double x, double y) const {
        const double fx = std::floor(x), fy = std::floor(y);
        const auto ix = static_cast<int64_t>(fx), iy = static_cast<int64_t>(fy);
        const double tx = ease(x - fx), ty = ease(y - fy);
        const double top = value(ix, iy) * (1 - tx) + value(ix + 1, iy) * tx;
        const double bottom = value(ix, iy + 1) * (1 - tx) + value(ix + 1, iy + 1) * tx;
        return top * (1 - ty) + bottom * ty;
    }
    double octaves(double x, double y, int count) const {
        double sum = 0, weight = 1, total = 0;
        for (int i = 0; i < count; ++i, weight *= 0.5, x = x * 2 + 17.3, y = y * 2 - 9.1) {
            sum += weight * at(x, y);
            total += weight;
        }
        return sum / total;
    }

  private:
    static double ease(double t) { return t * t * (3 - 2 * t); }
    double value(int64_t x, int64_t y) const {
        const uint64_t hash =
            mix(seed_ ^ mix(static_cast<uint64_t>(x) * 0x632BE59BD9B4E019u + static_cast<uint64_t>(y)));
        return static_cast<double>(hash >> 11) * 0x1.0p-52 - 1;
    }
    uint64_t seed_;
};

} // namespace rekam::mock
