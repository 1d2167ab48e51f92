// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/document/page.h"

#include <algorithm>
#include <utility>

#include "mocks/devices/kit/person.h"
#include "mocks/devices/kit/portrait.h"
#include "mocks/devices/kit/random.h"

namespace rekam::mock {
namespace {

constexpr Colour ink{34, 36, 52}, label{96, 104, 128};

// Draws in millimetres.
class Page {
  public:
    Page(double width_mm, double height_mm, uint32_t dpi, uint32_t seed, const Colour& tint)
        : per_mm_(dpi / 25.4), picture_(px(width_mm), px(height_mm), 3) {
        guilloche(seed, tint);
    }

    Picture take() { return std::move(picture_); }
    uint32_t px(double mm) const { return static_cast<uint32_t>(std::lround(mm * per_mm_)); }
    int32_t at(double mm) const { return static_cast<int32_t>(std::lround(mm * per_mm_)); }

    // Letters so many millimetres high.
    void text(double x_mm, double y_mm, double height_mm, const std::string& words, const Colour& colour = ink) {
        const int32_t cell = std::max(1, at(height_mm / 7));
        picture_.text(at(x_mm), at(y_mm), cell, words, colour);
    }
    void field(double x_mm, double y_mm, const std::string& name, const std::string& value) {
        text(x_mm, y_mm, 1.3, name, label);
        text(x_mm, y_mm + 2.0, 2.2, value);
    }
    void portrait_at(double x_mm, double y_mm, double width_mm, double height_mm, uint32_t seed) {
        picture_.paste(at(x_mm), at(y_mm), portrait(px(width_mm), px(height_mm), seed, 0));
    }
    // OCR-B, size 1, stands 2.54 mm apart; ours is the mock's own raster at that pitch.
    void zone(double x_mm, double y_mm, const std::vector<std::string>& lines) {
        picture_.fill(0, at(y_mm - 3), static_cast<int32_t>(picture_.width()), static_cast<int32_t>(picture_.height()),
                      {248, 248, 244});
        for (std::size_t row = 0; row < lines.size(); ++row)
            for (std::size_t column = 0; column < lines[row].size(); ++column)
                text(x_mm + 2.54 * static_cast<double>(column), y_mm + 4.23 * static_cast<double>(row), 2.6,
                     lines[row].substr(column, 1), {16, 16, 18});
    }
    // Light falls unevenly on what lies under a camera.
    void photograph(uint32_t number) {
        const Noise grain(number * 7ull + 5);
        for (uint32_t y = 0; y < picture_.height(); ++y)
            for (uint32_t x = 0; x < picture_.width(); ++x) {
                const double u = double(x) / picture_.width(), v = double(y) / picture_.height();
                const double light = 1.02 - 0.1 * u * u - 0.06 * v + 0.012 * grain.at(x / 1.4, y / 1.4);
                for (uint32_t channel = 0; channel < 3; ++channel)
                    picture_.at(x, y)[channel] = Picture::clamped(picture_.at(x, y)[channel] * light);
            }
    }

  private:
    // The fine waves of a security print.
    void guilloche(uint32_t seed, const Colour& tint) {
        Random random(seed, "print");
        const double a = random.between(0.25, 0.45), b = random.between(0.1, 0.2), phase = random.between(0.0, 6.0);
        for (uint32_t y = 0; y < picture_.height(); ++y)
            for (uint32_t x = 0; x < picture_.width(); ++x) {
                const double u = x / per_mm_, v = y / per_mm_;
                const double wave = std::sin((v + 2.2 * std::sin(u * b + phase) + 1.1 * std::sin(u * a)) * 3.3);
                const double other = std::sin((u - 1.8 * std::sin(v * a + phase)) * 2.1);
                const double line = std::max(std::exp(-wave * wave * 9), 0.6 * std::exp(-other * other * 12));
                picture_.set(x, y, blend({240, 241, 236}, tint, 0.1 + 0.32 * line));
            }
    }

    double per_mm_;
    Picture picture_;
};

} // namespace

Picture passport_page(uint32_t seed, uint32_t dpi, uint32_t number) {
    const Citizen citizen(seed);
    Page page(125, 88, dpi, seed, {120, 160, 190});
    page.text(8, 5, 3.4, "REPUBLIC OF UTOPIA");
    page.text(94, 5, 2.4, "PASSPORT");
    page.portrait_at(6, 13, 35, 45, seed);
    page.field(46, 14, "SURNAME", citizen.surname);
    page.field(46, 22, "GIVEN NAMES", citizen.given_names);
    page.field(46, 30, "NATIONALITY", "UTOPIAN");
    page.field(46, 38, "DATE OF BIRTH", citizen.birth);
    page.field(84, 38, "SEX", std::string(1, citizen.sex));
    page.field(46, 46, "DATE OF EXPIRY", citizen.expiry);
    page.field(84, 46, "PASSPORT NO", citizen.number);
    page.text(46, 55, 2.2, "SPECIMEN", {190, 60, 60});
    page.zone(6.6, 71, passport_zone(citizen));
    page.photograph(number);
    return page.take();
}

Picture card_side(uint32_t seed, uint32_t dpi, bool back, uint32_t number) {
    const Citizen citizen(seed);
    Page page(85.6, 54, dpi, seed, {190, 150, 120});
    if (back) {
        page.text(5, 5, 2.2, "REPUBLIC OF UTOPIA");
        page.text(5, 10, 1.6, "IF FOUND RETURN TO ANY POST OFFICE", label);
        page.text(5, 16, 2.2, "SPECIMEN", {190, 60, 60});
        page.zone(4.7, 37, card_zone(citizen));
    } else {
        page.text(5, 4, 2.8, "IDENTITY CARD");
        page.portrait_at(4, 12, 26, 34, seed);
        page.field(34, 12, "SURNAME", citizen.surname);
        page.field(34, 19, "GIVEN NAMES", citizen.given_names);
        page.field(34, 26, "DATE OF BIRTH", citizen.birth);
        page.field(62, 26, "SEX", std::string(1, citizen.sex));
        page.field(34, 33, "CARD NO", citizen.number);
        page.text(34, 42, 2.2, "SPECIMEN", {190, 60, 60});
    }
    page.photograph(number);
    return page.take();
}

} // namespace rekam::mock
