// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/ridges.h"

#include <algorithm>
#include <array>
#include <complex>
#include <numbers>

#include "mocks/devices/kit/random.h"

namespace rekam::mock {
namespace {

constexpr double pi = std::numbers::pi;
// Ridges grow at half the resolution, which a period of nine pixels at 500 dpi allows, and are enlarged afterwards.
constexpr int scale = 2;
constexpr double period_px = 9.0 / scale;
constexpr int kernel_radius = 6, directions = 32, growth_steps = 9;

enum class Pattern { arch, left_loop, right_loop, whorl };

struct Field {
    int width, height;
    Pattern pattern;
    std::vector<std::complex<double>> loops, deltas;
    double bend;

    // The direction of the ridge there, 0..pi.
    double at(double x, double y) const {
        if (pattern == Pattern::arch) {
            const double rise = std::max(0.0, bend * (1.1 - 1.2 * y / height));
            return std::fmod(pi - std::atan(rise * std::cos(pi * x / width)), pi); // up, over and down
        }
        const std::complex<double> here(x, y);
        double angle = 0;
        for (const auto& loop : loops)
            angle += std::arg(here - loop);
        for (const auto& delta : deltas)
            angle -= std::arg(here - delta);
        return std::fmod(angle / 2 + pi / 2 * static_cast<double>(loops.size() == deltas.size() ? 0 : 1) + 3 * pi, pi);
    }
};

Field field_of(int width, int height, Random& random) {
    const double kind = random.unit(); // as often as in people: loops two thirds, whorls a third
    const Pattern pattern = kind < 0.07   ? Pattern::arch
                            : kind < 0.37 ? Pattern::left_loop
                            : kind < 0.67 ? Pattern::right_loop
                                          : Pattern::whorl;
    Field field{width, height, pattern, {}, {}, random.between(1.6, 2.6)};
    const auto point = [&](double x, double y) {
        return std::complex<double>((x + random.between(-0.03, 0.03)) * width,
                                    (y + random.between(-0.03, 0.03)) * height);
    };
    switch (pattern) {
    case Pattern::arch: break;
    case Pattern::left_loop:
        field.loops = {point(0.48, 0.42)};
        field.deltas = {point(0.88, 0.78)};
        break;
    case Pattern::right_loop:
        field.loops = {point(0.52, 0.42)};
        field.deltas = {point(0.12, 0.78)};
        break;
    case Pattern::whorl:
        field.loops = {point(0.5, 0.36), point(0.5, 0.5)};
        field.deltas = {point(0.08, 0.8), point(0.92, 0.8)};
        break;
    }
    return field;
}

constexpr int side = 2 * kernel_radius + 1;
using Kernel = std::array<float, side * side>;

// A wave across the ridge under a bell, without a mean: flat parts stay flat.
std::array<Kernel, directions> kernels() {
    std::array<Kernel, directions> all{};
    for (int d = 0; d < directions; ++d) {
        const double angle = pi * d / directions, sigma = period_px * 0.62;
        double sum = 0, bells = 0;
        std::array<double, side * side> bell{};
        for (int y = -kernel_radius; y <= kernel_radius; ++y)
            for (int x = -kernel_radius; x <= kernel_radius; ++x) {
                const auto i =
                    static_cast<std::size_t>(y + kernel_radius) * side + static_cast<std::size_t>(x + kernel_radius);
                const double across = -x * std::sin(angle) + y * std::cos(angle);
                bell[i] = std::exp(-(x * x + y * y) / (2 * sigma * sigma));
                all[static_cast<std::size_t>(d)][i] =
                    static_cast<float>(bell[i] * std::cos(2 * pi * across / period_px));
                sum += all[static_cast<std::size_t>(d)][i];
                bells += bell[i];
            }
        for (std::size_t i = 0; i < bell.size(); ++i)
            all[static_cast<std::size_t>(d)][i] -= static_cast<float>(bell[i] * sum / bells);
    }
    return all;
}

// -1 valley .. 1 ridge, row by row.
std::vector<float> grow(const Field& field, Random& random) {
    static const std::array<Kernel, directions> bank = kernels();
    const auto width = static_cast<std::size_t>(field.width), height = static_cast<std::size_t>(field.height);
    std::vector<float> now(width * height), next(width * height);
    std::vector<uint8_t> direction(width * height);
    for (auto& value : now)
        value = static_cast<float>(random.between(-1.0, 1.0));
    for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x)
            direction[y * width + x] = static_cast<uint8_t>(
                std::lround(field.at(static_cast<double>(x), static_cast<double>(y)) / pi * directions) % directions);
    for (int step = 0; step < growth_steps; ++step) {
        for (int y = 0; y < field.height; ++y)
            for (int x = 0; x < field.width; ++x) {
                const auto at = static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x);
                const Kernel& kernel = bank[direction[at]];
                float sum = 0;
                for (int dy = -kernel_radius; dy <= kernel_radius; ++dy) {
                    const int row = std::clamp(y + dy, 0, field.height - 1);
                    const float* line = &now[static_cast<std::size_t>(row) * width];
                    const float* weights = &kernel[static_cast<std::size_t>(dy + kernel_radius) * side];
                    for (int dx = -kernel_radius; dx <= kernel_radius; ++dx)
                        sum += weights[dx + kernel_radius] * line[std::clamp(x + dx, 0, field.width - 1)];
                }
                next[at] = std::clamp(sum * 0.4f, -1.0f, 1.0f);
            }
        std::swap(now, next);
    }
    return now;
}

double between_four(const std::vector<float>& values, int width, int height, double x, double y) {
    const int left = std::clamp(static_cast<int>(x), 0, width - 2),
              top = std::clamp(static_cast<int>(y), 0, height - 2);
    const double tx = std::clamp(x - left, 0.0, 1.0), ty = std::clamp(y - top, 0.0, 1.0);
    const auto value = [&](int column, int row) {
        return double(
            values[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column)]);
    };
    return (value(left, top) * (1 - tx) + value(left + 1, top) * tx) * (1 - ty) +
           (value(left, top + 1) * (1 - tx) + value(left + 1, top + 1) * tx) * ty;
}

// How hard this place touches the glass: 0 not at all, 1 firmly. An egg with a ragged edge.
double touch(double u, double v, const Noise& noise) { // u, v in -1..1
    const double egg = std::sqrt(u * u / (0.86 + 0.1 * v) + v * v * (v < 0 ? 1.08 : 0.98));
    return std::clamp((0.97 + 0.05 * noise.octaves(u * 5, v * 5, 3) - egg) / 0.16, 0.0, 1.0);
}

} // namespace

Picture fingertip(const Finger& finger) {
    Random random(finger.seed, finger.word);
    const bool thumb = finger.word.find("thumb") != std::string_view::npos;
    const bool little = finger.word.find("little") != std::string_view::npos;
    const double size = random.between(0.94, 1.06) * (thumb ? 1.18 : little ? 0.86 : 1.0);
    const int width = static_cast<int>((finger.rolled ? 460 : 300) * size) / scale * scale;
    const int height = static_cast<int>(410 * size) / scale * scale;
    const Field field = field_of(width / scale, height / scale, random);
    const std::vector<float> ridges = grow(field, random);

    Random today(finger.seed * 31ull + finger.number, finger.word);
    const Noise skin(today.next()), edge(today.next());
    const double moist = today.between(-0.12, 0.12), tilt = today.between(-0.05, 0.05);
    const double dry = finger.quality < 60 ? (60.0 - finger.quality) / 60 + 0.35 : 0.1;
    Picture picture(static_cast<uint32_t>(width), static_cast<uint32_t>(height), 1, 250);
    for (uint32_t y = 0; y < picture.height(); ++y)
        for (uint32_t x = 0; x < picture.width(); ++x) {
            const double u = 2.0 * x / width - 1, v = 2.0 * y / height - 1;
            const double press = touch(u + tilt * v, v, edge);
            if (press <= 0)
                continue;
            const double stretch = 0.012 * width * skin.at(u * 1.5, v * 1.5); // skin is elastic
            const double ridge =
                between_four(ridges, field.width, field.height, (x + stretch) / scale, (y + stretch * 0.7) / scale);
            const double crease = std::exp(-std::pow((v - 0.93 + 0.06 * u) / 0.012, 2));
            double ink = 0.5 + 0.62 * std::tanh(1.5 * (ridge + moist - 0.25 * (1 - press)));
            ink -= dry * std::max(0.0, skin.octaves(x / 7.0, y / 7.0, 3) + 0.3 * dry); // broken where it is dry
            ink -= 0.5 * (skin.at(x / 2.3, y / 2.3) > 0.86 ? 1 : 0);                   // pores
            ink = std::clamp(ink * (1 - crease), 0.0, 1.0) * press;
            picture.set(x, y, 250 - 195 * ink + 6 * skin.at(x * 1.7, y * 1.7));
        }
    return picture;
}

} // namespace rekam::mock
