// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/pen.h"

#include <algorithm>

#include "mocks/devices/kit/random.h"

namespace rekam::mock {
namespace {

constexpr int64_t period_us = 5'000; // 200 times a second
constexpr double pi = std::numbers::pi;

// Handwriting is a hand that swings up and down while it moves on: letters are the swings' sizes and leanings.
struct Letter {
    double height, loop, width, lean;
};

class Hand {
  public:
    Hand(uint32_t seed, uint32_t number)
        : always_(seed, "hand"), today_(seed * 13ull + number, "pen"), tremor_(today_.next()) {
        const int count = always_.between(7, 11);
        for (int i = 0; i < count; ++i) {
            const bool tall = i == 0 || always_.chance(0.25);
            letters_.push_back(
                {(tall ? always_.between(1.6, 2.6) : always_.between(0.5, 1.0)) * today_.between(0.94, 1.06),
                 always_.between(-0.25, 0.55), always_.between(0.7, 1.3), always_.between(0.1, 0.5)});
        }
        pause_after_ = static_cast<std::size_t>(always_.between(2, count - 3));
    }

    Signature write(int64_t width_um, int64_t height_um) {
        left_ = static_cast<double>(width_um) * today_.between(0.12, 0.16);
        base_ = static_cast<double>(height_um) * today_.between(0.58, 0.62);
        unit_ = static_cast<double>(width_um) * 0.72 / static_cast<double>(letters_.size());
        double at = 0;
        for (std::size_t i = 0; i < letters_.size(); ++i) {
            letter(letters_[i], at, i);
            at += letters_[i].width;
            if (i == pause_after_)
                lift(at);
        }
        lift(at);
        made_.gaps.push_back(made_.samples.size());
        t_us_ += 260'000; // the hand goes back for the stroke below
        flourish(at);
        return std::move(made_);
    }

  private:
    void put(double x, double y, double pressure) {
        const double shake = 70 * tremor_.at(static_cast<double>(t_us_) / 60'000, 0.5);
        const double shift = 70 * tremor_.at(static_cast<double>(t_us_) / 60'000, 9.5);
        made_.samples.push_back({t_us_, std::llround(left_ + x * unit_ + shake),
                                 std::llround(base_ - y * unit_ + shift),
                                 std::clamp<int64_t>(std::llround(pressure * 65'535), pressure > 0 ? 1 : 0, 65'535),
                                 std::llround(3'400 + 500 * tremor_.at(static_cast<double>(t_us_) / 400'000, 4.5))});
        t_us_ += period_us;
    }
    void letter(const Letter& shape, double at, std::size_t index) {
        const int steps = static_cast<int>(26 + 14 * shape.height);
        for (int step = 0; step < steps; ++step) {
            const double t = double(step) / steps, swing = 0.5 - 0.5 * std::cos(2 * pi * t);
            const double y = shape.height * swing - (shape.height < 1 && index % 4 == 3 ? 1.1 * std::sin(pi * t) : 0);
            const double x =
                at + shape.width * t - shape.loop * std::sin(2 * pi * t) * shape.height * 0.6 + shape.lean * y;
            const bool begins = index == 0 && step < 6;
            const double press =
                0.5 + 0.22 * std::cos(2 * pi * t + 0.6) - (begins ? 0.06 * (6 - step) : 0); // harder downward
            put(x, y, std::clamp(press, 0.08, 1.0));
        }
    }
    void lift(double at) {
        for (int step = 1; step <= 6; ++step)
            put(at + 0.08 * step, 0.12 * step, 0);
    }
    void flourish(double at) {
        const double depth = always_.between(0.5, 0.9), wave = always_.between(0.1, 0.3);
        for (int step = 0; step <= 80; ++step) {
            const double t = step / 80.0;
            put(at * (1.08 - 1.1 * std::sin(pi * t * 0.9)), -depth - wave * std::sin(2 * pi * t) - 0.5 * t,
                0.62 * std::sin(pi * std::clamp(t, 0.04, 0.97)));
        }
    }

    Random always_, today_;
    Noise tremor_;
    std::vector<Letter> letters_;
    std::size_t pause_after_ = 0;
    Signature made_;
    int64_t t_us_ = 0;
    double left_ = 0, base_ = 0, unit_ = 1;
};

template <class Value> std::string list(const std::vector<PenSample>& samples, Value value) {
    std::string text = "[";
    for (const PenSample& sample : samples)
        text += (text.size() > 1 ? "," : "") + std::to_string(value(sample));
    return text + "]";
}

} // namespace

Signature sign(uint32_t seed, uint32_t number, int64_t width_um, int64_t height_um) {
    return Hand(seed, number).write(width_um, height_um);
}

std::string samples_json(const Signature& signature, int64_t width_um, int64_t height_um) {
    const auto& samples = signature.samples;
    std::string gaps = "[";
    for (const std::size_t gap : signature.gaps)
        gaps += (gaps.size() > 1 ? "," : "") + std::to_string(gap);
    return "{\"width_um\":" + std::to_string(width_um) + ",\"height_um\":" + std::to_string(height_um) +
           ",\"t_us\":" + list(samples, [](const PenSample& s) { return s.t_us; }) +
           ",\"x_um\":" + list(samples, [](const PenSample& s) { return s.x_um; }) +
           ",\"y_um\":" + list(samples, [](const PenSample& s) { return s.y_um; }) +
           ",\"pressure\":" + list(samples, [](const PenSample& s) { return s.pressure; }) +
           ",\"tilt\":" + list(samples, [](const PenSample& s) { return s.tilt_cdeg; }) + ",\"gaps\":" + gaps +
           "],\"losses\":0}";
}

} // namespace rekam::mock
