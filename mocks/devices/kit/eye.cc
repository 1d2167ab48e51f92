// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/eye.h"

#include <algorithm>

#include "mocks/devices/kit/random.h"

namespace rekam::mock {
namespace {

constexpr uint32_t width_px = 640, height_px = 480;
constexpr double pi = std::numbers::pi;

double soft(double edge, double value, double width) { return std::clamp((value - edge) / width + 0.5, 0.0, 1.0); }

// What never changes of an eye.
struct Iris {
    Noise fibres, crypts;
    double tone, collarette, furrows;
    explicit Iris(Random& random)
        : fibres(random.next()), crypts(random.next()), tone(random.between(105, 140)),
          collarette(random.between(0.28, 0.4)), furrows(random.between(2, 4)) {}

    // r from 0 at the pupil to 1 at the white; around the circle without a seam.
    double at(double r, double angle) const {
        const double cx = std::cos(angle), cy = std::sin(angle);
        const double wave = 0.05 * crypts.at(cx * 3, cy * 3);
        const double strands = fibres.octaves(cx * 26 + r * 1.5, cy * 26 - r * 1.2, 3);
        const double blots = crypts.octaves(cx * 5 * (1 + r), cy * 5 * (1 + r) + 40, 3);
        const double ring = std::exp(-std::pow((r - collarette - wave) / 0.05, 2));
        const double circles = 0.5 + 0.5 * std::cos(2 * pi * furrows * r + 3 * wave);
        return tone + 34 * strands * (0.5 + 0.5 * r) + 26 * blots + 24 * ring - 9 * circles * r -
               48 * soft(0.93, r, 0.14) + 14 * (1 - r);
    }
};

struct Today {
    double x, y, radius, pupil, gaze_x, gaze_y, upper, lower, lashes_seed;
    explicit Today(Random& random)
        : x(width_px / 2.0 + random.between(-14.0, 14.0)), y(height_px / 2.0 + random.between(-10.0, 10.0)),
          radius(random.between(112.0, 122.0)), pupil(random.between(36.0, 50.0)), gaze_x(random.between(-3.0, 3.0)),
          gaze_y(random.between(-2.0, 2.0)), upper(random.between(0.8, 1.0)), lower(random.between(1.02, 1.18)),
          lashes_seed(random.unit()) {}
};

double lid_line(const Today& today, double x, bool upper) {
    const double u = (x - today.x) / (2.35 * today.radius);
    const double arch = std::max(0.0, 1 - u * u);
    return upper ? today.y - today.radius * today.upper * 1.08 * arch + 26 * u
                 : today.y + today.radius * today.lower * arch + 14 * u;
}

double skin_at(double x, double y, double away, const Noise& noise) {
    return 168 - 20 * std::exp(-away / 22) + 9 * noise.octaves(x / 46, y / 46, 3) + 3 * noise.at(x / 2.2, y / 2.2);
}

void draw_lashes(Picture& picture, const Today& today, Random& random) {
    for (int i = 0; i < 90; ++i) {
        const bool upper = i < 62;
        double x = today.x + random.between(-2.1, 2.1) * today.radius;
        double y = lid_line(today, x, upper) + random.between(-3.0, 2.0);
        double angle = (upper ? -pi / 2 : pi / 2) + 0.45 * (x - today.x) / today.radius * (upper ? 1 : -1) +
                       random.between(-0.2, 0.2);
        const double length = upper ? random.between(34.0, 66.0) : random.between(16.0, 28.0);
        const double curl = random.between(-0.012, 0.012);
        for (int step = 0; 0.5 * step < length; ++step, angle += curl) {
            const double done = 0.5 * step;
            x += 0.5 * std::cos(angle);
            y += 0.5 * std::sin(angle);
            const double thick = upper ? 1.5 * (1 - done / length) : 0.9 * (1 - done / length);
            for (int dx = -1; dx <= 1; ++dx) {
                const auto px = static_cast<int>(x) + dx, py = static_cast<int>(y);
                if (px < 0 || py < 0 || px >= static_cast<int>(width_px) || py >= static_cast<int>(height_px))
                    continue;
                uint8_t& pixel = *picture.at(static_cast<uint32_t>(px), static_cast<uint32_t>(py));
                const double part = std::clamp(thick - 0.7 * std::abs(x - 0.5 - px), 0.0, 0.85);
                pixel = Picture::clamped(pixel * (1 - part) + 52 * part);
            }
        }
    }
}

double ball_at(double x, double y, const Today& today, const Iris& iris, const Noise& noise) {
    const double dx = x - today.x, dy = y - today.y, away = std::hypot(dx, dy);
    const double white = 186 - 46 * std::min(1.0, std::pow(away / (2.6 * today.radius), 2)) +
                         5 * noise.octaves(x / 30, y / 30, 3) -
                         16 * std::max(0.0, noise.at(x / 70 + 3 * noise.at(x / 40, y / 12), y / 9) - 0.55); // veins
    if (away > today.radius + 4)
        return white;
    const double px = x - today.x - 0.04 * dx, py = y - today.y;
    const double pupil_edge = today.pupil * (1 + 0.012 * noise.at(dx / away * 4, dy / away * 4));
    const double inner = std::hypot(px, py);
    const double r = std::clamp((inner - pupil_edge) / (today.radius - pupil_edge), 0.0, 1.0);
    const double coloured = iris.at(r, std::atan2(py, px)) + 2.5 * noise.at(x * 1.3, y * 1.3);
    const double with_pupil = 26 + (coloured - 26) * soft(pupil_edge, inner, 2.6);
    return with_pupil + (white - with_pupil) * soft(today.radius, away, 6);
}

double glint(double x, double y, const Today& today) {
    const double left = std::hypot(x - today.x + 15, y - today.y + 9),
                 right = std::hypot(x - today.x - 13, y - today.y + 9);
    return 1 - soft(5.5, std::min(left, right), 2.4);
}

} // namespace

EyePicture eye(uint32_t seed, std::string_view word, uint32_t number, uint32_t quality) {
    Random always(seed, word);
    const Iris iris(always);
    Random now(seed * 17ull + number, word);
    const Today today(now);
    const Noise noise(now.next());
    EyePicture made{Picture(width_px, height_px, 1),
                    static_cast<int32_t>(std::lround(today.x)),
                    static_cast<int32_t>(std::lround(today.y)),
                    static_cast<int32_t>(std::lround(today.radius)),
                    static_cast<int32_t>(std::lround(today.pupil)),
                    static_cast<int32_t>(std::lround(100 * today.gaze_x)),
                    static_cast<int32_t>(std::lround(100 * today.gaze_y))};
    for (uint32_t y = 0; y < height_px; ++y)
        for (uint32_t x = 0; x < width_px; ++x) {
            const double upper = lid_line(today, x, true), lower = lid_line(today, x, false);
            const double open = std::min(soft(upper, y, 5), 1 - soft(lower, y, 5));
            const double lid = skin_at(x, y, std::min(std::abs(upper - y), std::abs(lower - y)), noise);
            const double shadow = 1 - 0.28 * std::exp(-std::max(0.0, y - upper) / 16);
            double ball = open > 0 ? ball_at(x, y, today, iris, noise) * shadow : 0;
            ball += (250 - ball) * glint(x, y, today);
            made.picture.set(x, y, lid + (ball - lid) * open);
        }
    draw_lashes(made.picture, today, now);
    if (quality < 60)
        made.picture.blur(1 + (60 - quality) / 12);
    return made;
}

} // namespace rekam::mock
