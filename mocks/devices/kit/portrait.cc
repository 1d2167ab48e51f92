// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/portrait.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "mocks/devices/kit/random.h"

namespace rekam::mock {
namespace {

constexpr uint32_t finest_px = 320; // rows of a scene, at least

constexpr std::array skins{Colour{241, 208, 180}, Colour{224, 180, 146}, Colour{198, 150, 112}, Colour{160, 114, 80},
                           Colour{122, 82, 56}};
constexpr std::array hairs{Colour{28, 22, 20}, Colour{52, 36, 26}, Colour{84, 58, 38}, Colour{120, 112, 108}};
constexpr std::array cloths{Colour{40, 62, 110}, Colour{120, 40, 48}, Colour{44, 92, 74}, Colour{70, 70, 78},
                            Colour{150, 120, 60}};

// How somebody looks, all in units of the head's half width.
struct Person {
    Colour skin, hair, cloth, iris;
    double long_hair, fringe, face_length, eye_apart, eye_size, nose, mouth, brow, beard;
    bool glasses;

    explicit Person(uint32_t seed) {
        Random random(seed, "face");
        skin = random.pick(skins);
        hair = random.pick(hairs);
        cloth = random.pick(cloths);
        iris = random.chance(0.8) ? Colour{60, 38, 24} : Colour{84, 96, 84};
        long_hair = random.chance(0.45) ? random.between(1.5, 1.8) : 0;
        fringe = random.between(0.45, 0.75);
        face_length = random.between(1.22, 1.42);
        eye_apart = random.between(0.38, 0.46);
        eye_size = random.between(0.13, 0.17);
        nose = random.between(0.11, 0.17);
        mouth = random.between(0.26, 0.36);
        brow = random.between(0.045, 0.085);
        beard = long_hair == 0 && random.chance(0.35) ? random.between(0.25, 0.6) : 0;
        glasses = random.chance(0.2);
    }
};

struct Pose {
    double centre_x, centre_y, unit; // of the head, in pixels

    Pose(uint32_t width_px, uint32_t height_px, uint32_t seed, uint32_t number) {
        Random random(seed + 7919ull * number, "pose");
        const double small = std::min(width_px * 1.3, double(height_px));
        unit = small * 0.2;
        centre_x = width_px * 0.5 + random.between(-0.04, 0.04) * unit;
        centre_y = height_px * 0.43 + random.between(-0.04, 0.04) * unit;
    }
};

double hypot_of(double x, double y, double rx, double ry) { return std::hypot(x / rx, y / ry); }

// 1 inside, 0 outside, soft over so much of the shape's own size.
double inside(double distance, double soft) { return std::clamp((1 - distance) / soft + 0.5, 0.0, 1.0); }

class Painter {
  public:
    Painter(const Person& person, const Noise& grain) : who_(person), grain_(grain) {}

    // x, y from the middle of the head in its half widths.
    Colour at(double x, double y, double down) const {
        Colour colour = blend({206, 212, 220}, {176, 184, 196}, down);
        colour = blend(colour, shade(hair(x, y), 0.85), back_hair(x, y));
        colour = blend(colour, neck(x, y), inside(hypot_of(x, y - 1.2, 0.46, 0.9), 0.06) * (y > 0.4 ? 1 : 0));
        colour = blend(colour, cloth(x, y), shoulders(x, y));
        const double face = std::min(inside(hypot_of(x, y, 1, who_.face_length), 0.04), 1.0);
        colour = blend(colour, skin(x, y), ears(x, y));
        colour = blend(colour, skin(x, y), face);
        if (face > 0) {
            colour = features(colour, x, y);
        }
        colour = blend(colour, hair(x, y), top_hair(x, y) * cap(x, y));
        return shade(colour, 1 + 0.015 * grain_.at(x * 60, y * 60));
    }

  private:
    double back_hair(double x, double y) const {
        const double fall = who_.long_hair > 0 && y > -0.2 && y < who_.long_hair + 0.3
                                ? inside(std::abs(x) / (1.1 + 0.13 * std::min(1.0, y + 0.2)), 0.08)
                                : 0;
        return std::max(cap(x, y) * std::clamp((0.35 - y) / 0.1, 0.0, 1.0), fall);
    }
    double cap(double x, double y) const { return inside(hypot_of(x, y + 0.16, 1.13, who_.face_length + 0.1), 0.05); }
    double top_hair(double x, double y) const {
        const double line = -who_.face_length * who_.fringe - 0.12 * std::cos(x * 2.4) + 0.05 * grain_.at(x * 9, 3);
        return std::clamp((line - y) / 0.05 + 0.5, 0.0, 1.0);
    }
    Colour hair(double x, double y) const {
        return shade(who_.hair, 1 + 0.28 * grain_.at(x * 26, y * 5) + 0.1 * std::exp(-std::pow((y + 1.15) / 0.2, 2)));
    }
    Colour skin(double x, double y) const {
        const double light =
            1.06 - 0.22 * std::max(0.0, x) - 0.12 * x * x - 0.05 * y + 0.02 * grain_.octaves(x * 5, y * 5, 3);
        return shade(who_.skin, light);
    }
    Colour neck(double x, double y) const { return shade(skin(x, y), 0.84); }
    double ears(double x, double y) const { return inside(hypot_of(std::abs(x) - 1.0, y - 0.05, 0.13, 0.27), 0.15); }
    double shoulders(double x, double y) const {
        const double line = 1.72 + 0.16 * x * x - 0.3 * std::exp(-x * x * 3) + 0.32 * std::exp(-x * x * 14);
        return std::clamp((y - line) / 0.03 + 0.5, 0.0, 1.0);
    }
    Colour cloth(double x, double y) const {
        const double collar = std::exp(-std::pow((std::abs(x) - 0.42 + 0.25 * (y - 1.7)) / 0.05, 2));
        return shade(who_.cloth, 1 + 0.25 * collar - 0.12 * x + 0.05 * grain_.octaves(x * 8, y * 8, 3));
    }

    Colour features(Colour colour, double x, double y) const {
        const double side = std::abs(x), eye_y = -0.08;
        const double ex = side - who_.eye_apart, ey = y - eye_y;
        colour = blend(colour, shade(who_.skin, 0.78), 0.5 * inside(hypot_of(ex, ey, 0.27, 0.2), 0.9)); // eye socket
        const double open = hypot_of(ex, ey - 0.25 * ex * ex, who_.eye_size * 1.5, who_.eye_size * 0.75);
        colour = blend(colour, {238, 236, 232}, inside(open, 0.12));
        const double iris = hypot_of(ex, ey, who_.eye_size * 0.72, who_.eye_size * 0.72);
        colour = blend(colour, who_.iris, inside(iris, 0.12) * inside(open, 0.12));
        colour = blend(colour, {12, 10, 10}, inside(iris * 2.1, 0.2) * inside(open, 0.12));
        colour = blend(colour, {255, 255, 255},
                       inside(hypot_of(x - (x > 0 ? 1 : -1) * who_.eye_apart + 0.035, ey + 0.04, 0.022, 0.022), 0.5));
        colour =
            blend(colour, shade(who_.hair, 0.8), inside(std::abs(open - 1) / 0.14, 0.6) * (ey < 0.02 ? 0.9 : 0.25));
        const double brow_y = y - (eye_y - 0.27 + 0.5 * ex * ex);
        colour = blend(colour, who_.hair, 0.85 * inside(hypot_of(ex, brow_y, 0.26, who_.brow), 0.5));
        colour = nose(colour, x, y);
        colour = mouth(colour, x, y);
        if (who_.beard > 0)
            colour = blend(colour, shade(who_.hair, 1.2), beard(x, y));
        if (who_.glasses)
            colour = blend(colour, {36, 34, 38}, glasses(ex, ey, side, y));
        return colour;
    }
    Colour nose(Colour colour, double x, double y) const {
        const double ridge = std::exp(-std::pow((x + 0.05) / 0.06, 2)) * inside(hypot_of(0, y - 0.12, 1, 0.3), 0.4);
        colour = shade(colour, 1 + 0.1 * ridge);
        const double flank = std::exp(-std::pow((x - 0.11) / 0.05, 2)) * inside(hypot_of(0, y - 0.15, 1, 0.3), 0.4);
        colour = shade(colour, 1 - 0.14 * flank);
        const double under = inside(hypot_of(x, y - 0.42, who_.nose * 1.5, 0.05), 0.7);
        colour = blend(colour, shade(who_.skin, 0.6), 0.55 * under);
        return blend(colour, shade(who_.skin, 0.35),
                     0.8 * inside(hypot_of(std::abs(x) - who_.nose * 0.65, y - 0.41, 0.045, 0.03), 0.5));
    }
    Colour mouth(Colour colour, double x, double y) const {
        const Colour lips = blend(who_.skin, {168, 64, 66}, 0.55);
        const double line = 0.72 - 0.12 * x * x;
        colour = blend(colour, lips, inside(hypot_of(x, y - line + 0.045, who_.mouth, 0.06), 0.4));
        colour = blend(colour, shade(lips, 1.1), inside(hypot_of(x, y - line - 0.055, who_.mouth * 0.88, 0.075), 0.4));
        return blend(colour, shade(lips, 0.4), 0.85 * inside(hypot_of(x, y - line, who_.mouth, 0.014), 0.8));
    }
    double beard(double x, double y) const {
        const double jaw = std::clamp((hypot_of(x, y, 1, who_.face_length) - 0.72) / 0.2, 0.0, 1.0) * (y > 0.3 ? 1 : 0);
        const double lip = inside(hypot_of(x, y - 0.57, 0.36, 0.07), 0.5);
        return who_.beard * std::max(jaw, lip) * (0.75 + 0.25 * grain_.at(x * 70, y * 40));
    }
    double glasses(double ex, double ey, double side, double y) const {
        const double rim = std::abs(hypot_of(ex, ey - 0.02, 0.32, 0.25) - 1) / 0.09;
        const double bridge = side < 0.12 ? std::abs(y + 0.12) / 0.025 : 9;
        return inside(std::min(rim, bridge), 0.5);
    }

    const Person& who_;
    const Noise& grain_;
};

} // namespace

Picture portrait(uint32_t width_px, uint32_t height_px, uint32_t seed, uint32_t number) {
    const Person person(seed);
    const Pose pose(width_px, height_px, seed, number);
    const Noise grain(seed + 31ull * number);
    const Painter painter(person, grain);
    // A face has nothing finer to show than this: larger pictures are the same scene, enlarged.
    const uint32_t factor = std::max(1u, height_px / finest_px);
    Picture scene((width_px + factor - 1) / factor, (height_px + factor - 1) / factor, 3);
    for (uint32_t y = 0; y < scene.height(); ++y)
        for (uint32_t x = 0; x < scene.width(); ++x) {
            const double at_x = (x + 0.5) * factor, at_y = (y + 0.5) * factor;
            scene.set(
                x, y,
                painter.at((at_x - pose.centre_x) / pose.unit, (at_y - pose.centre_y) / pose.unit, at_y / height_px));
        }
    Picture picture = factor == 1 ? std::move(scene) : scene.enlarged(factor, width_px, height_px);
    if (number == 0)
        return picture;
    const auto cell = static_cast<int32_t>(std::max(1u, height_px / 160));
    picture.text(2 * cell, static_cast<int32_t>(height_px) - 9 * cell, cell, std::to_string(number), {20, 20, 24});
    return picture;
}

FaceBox face_box(uint32_t width_px, uint32_t height_px, uint32_t seed, uint32_t number) {
    const Person person(seed);
    const Pose pose(width_px, height_px, seed, number);
    return {static_cast<int32_t>(pose.centre_x - pose.unit),
            static_cast<int32_t>(pose.centre_y - person.face_length * pose.unit), static_cast<int32_t>(2 * pose.unit),
            static_cast<int32_t>(2 * person.face_length * pose.unit)};
}

} // namespace rekam::mock
