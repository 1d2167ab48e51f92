// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/signature.h"

#include "core/host/convert.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace rekam::host {
namespace {

using model::Code;

constexpr std::uint32_t dpi = 600;
constexpr double um_per_inch = 25'400;
constexpr std::int64_t usual_width_um = 600;
// An A4 sheet at this resolution is 35 million pixels; a larger pad is a mistake.
constexpr std::int64_t max_pixels = 64'000'000;
constexpr int width_levels = 8; ///< so many widths of a line: neighbours of one width share a path

struct Ink {
    std::array<unsigned, 3> rgb{0, 0, 0};
    std::string color = "#000000";
    std::int64_t width_um = usual_width_um;
    [[nodiscard]] bool gray() const { return rgb[0] == rgb[1] && rgb[1] == rgb[2]; }
};

struct Point {
    double x_um, y_um;
    int level; ///< of pressure, 1..width_levels; 0: the pen is up
};

Ink ink_of(const Request& request) {
    Ink ink;
    const rekam_request_t& record = *request.record();
    for (std::uint32_t i = 0; i < record.option_count; ++i) {
        const rekam_option_t& option = record.options[i];
        const std::string_view key = option.key;
        if (key == "ink.width_um" && option.type == REKAM_VALUE_INTEGER && option.integer > 0)
            ink.width_um = option.integer;
        if (key != "ink.color" || std::strlen(option.text) != 7)
            continue;
        ink.color = option.text;
        for (std::size_t c = 0; c < 3; ++c)
            std::from_chars(option.text + 1 + 2 * c, option.text + 3 + 2 * c, ink.rgb[c], 16);
    }
    return ink;
}

/// Half of the ink's width at the lightest touch, one and a half of it at the hardest.
double width_of(const Ink& ink, int level) {
    return static_cast<double>(ink.width_um) * (0.5 + static_cast<double>(level) / width_levels);
}

/// Runs of samples during which the pen was down.
std::vector<std::vector<Point>> strokes_of(const wire::Samples& samples) {
    std::vector<std::vector<Point>> strokes;
    bool down = false;
    for (std::size_t i = 0; i < samples.t_us.items.size(); ++i) {
        const bool gap = std::ranges::binary_search(samples.gaps.items, static_cast<std::int64_t>(i), {},
                                                    [](const auto& one) { return one.value; });
        const std::int64_t pressure = samples.pressure.items[i];
        if (pressure == 0 || gap)
            down = false;
        if (pressure == 0)
            continue;
        if (!down)
            strokes.emplace_back();
        down = true;
        const auto level = static_cast<int>(1 + pressure * width_levels / 65'536);
        strokes.back().push_back(
            {static_cast<double>(samples.x_um.items[i]), static_cast<double>(samples.y_um.items[i]), level});
    }
    return strokes;
}

void append_point(std::string& path, char command, const Point& point) {
    path += command;
    path += std::to_string(std::llround(point.x_um)) + " " + std::to_string(std::llround(point.y_um));
}

/// One path for each run of segments of one width.
void append_paths(std::string& svg, const std::vector<Point>& stroke, const Ink& ink) {
    const std::size_t segments =
        std::max<std::size_t>(1, stroke.size() - 1); // a dot: one of no length, with round ends
    for (std::size_t i = 0; i < segments; ++i) {
        if (i == 0 || stroke[i].level != stroke[i - 1].level) {
            svg += i == 0 ? "<path stroke-width=\"" : "\"/>\n<path stroke-width=\"";
            svg += std::to_string(std::llround(width_of(ink, stroke[i].level))) + "\" d=\"";
            append_point(svg, 'M', stroke[i]);
        }
        append_point(svg, 'L', stroke[std::min(i + 1, stroke.size() - 1)]);
    }
    svg += "\"/>\n";
}

std::string millimetres(std::int64_t um) {
    const std::string rest = std::to_string(1'000 + um % 1'000).substr(1);
    return std::to_string(um / 1'000) + "." + rest + "mm";
}

std::string svg_of(const wire::Samples& samples, const std::vector<std::vector<Point>>& strokes, const Ink& ink) {
    const std::string width = std::to_string(samples.width_um.value), height = std::to_string(samples.height_um.value);
    std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + millimetres(samples.width_um) +
                      "\" height=\"" + millimetres(samples.height_um) + "\" viewBox=\"0 0 " + width + " " + height +
                      "\">\n<g fill=\"none\" stroke=\"" + ink.color +
                      "\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\n";
    for (const auto& stroke : strokes)
        append_paths(svg, stroke, ink);
    return svg + "</g>\n</svg>\n";
}

/// How much of each pixel is covered with ink, 0..255.
class Canvas {
  public:
    Canvas(std::uint32_t width_px, std::uint32_t height_px)
        : width_(static_cast<int>(width_px)), height_(static_cast<int>(height_px)),
          cover_(std::size_t{width_px} * height_px) {}

    /// A line with round ends whose width goes evenly from one point's to the other's.
    void line(const Point& from, const Point& to, const Ink& ink) {
        const double scale = dpi / um_per_inch;
        const double ax = from.x_um * scale, ay = from.y_um * scale, dx = to.x_um * scale - ax,
                     dy = to.y_um * scale - ay;
        const double ra = width_of(ink, from.level) * scale / 2, rb = width_of(ink, to.level) * scale / 2;
        const double reach = std::max(ra, rb) + 1, length2 = dx * dx + dy * dy;
        for (int y = low(std::min(ay, ay + dy) - reach); y < high(std::max(ay, ay + dy) + reach, height_); ++y)
            for (int x = low(std::min(ax, ax + dx) - reach); x < high(std::max(ax, ax + dx) + reach, width_); ++x) {
                const double px = x + 0.5 - ax, py = y + 0.5 - ay;
                const double t = length2 > 0 ? std::clamp((px * dx + py * dy) / length2, 0.0, 1.0) : 0.0;
                const double away = std::hypot(px - t * dx, py - t * dy) - (ra + t * (rb - ra));
                auto& cover = cover_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                                     static_cast<std::size_t>(x)];
                cover = std::max(cover, static_cast<std::uint8_t>(255 * std::clamp(0.5 - away, 0.0, 1.0)));
            }
    }
    [[nodiscard]] std::string pixels(const Ink& ink) const {
        const std::size_t channels = ink.gray() ? 1 : 3;
        std::string out;
        out.reserve(cover_.size() * channels);
        for (const unsigned cover : cover_)
            for (std::size_t c = 0; c < channels; ++c)
                out += static_cast<char>((255 * (255 - cover) + ink.rgb[c] * cover) / 255);
        return out;
    }

  private:
    static int low(double at) { return static_cast<int>(std::max(0.0, std::min(at, 1e9))); }
    static int high(double at, int end) { return static_cast<int>(std::clamp(std::ceil(at), 0.0, double(end))); }

    int width_, height_;
    std::vector<std::uint8_t> cover_;
};

std::string pixels_of(const rekam_frame_t& record, const std::vector<std::vector<Point>>& strokes, const Ink& ink) {
    Canvas canvas(record.width_px, record.height_px);
    for (const auto& stroke : strokes)
        for (std::size_t i = 0; i < stroke.size(); ++i)
            canvas.line(stroke[i], stroke[std::min(i + 1, stroke.size() - 1)], ink);
    return canvas.pixels(ink);
}

/// SVG, raw pixels (for every format that is made of them), samples; empty where none of them will do.
std::string_view choose(const std::vector<const char*>& asked) {
    if (asked.empty())
        return format_svg;
    for (const std::string_view format : asked) {
        if (format == format_svg || format == REKAM_FORMAT_SAMPLES)
            return format;
        if (format == REKAM_FORMAT_RAW || is_made_of_pixels(format))
            return REKAM_FORMAT_RAW;
    }
    return {};
}

std::uint32_t px(std::int64_t um) {
    return static_cast<std::uint32_t>(std::max(1L, std::lround(static_cast<double>(um) * dpi / um_per_inch)));
}

} // namespace

wire::Expected<Drawing> draw_signature(const wire::Samples& samples, const Request& request) {
    const std::string_view format = choose(request.formats());
    if (format.empty())
        return model::make_error(Code::bad_frame,
                                 "the pad gave samples, which cannot be had in a format that was asked");
    Drawing drawing;
    if (format == REKAM_FORMAT_SAMPLES)
        return drawing;
    rekam_frame_t& record = drawing.record;
    record.size = sizeof record;
    format.copy(record.format, sizeof record.format - 1);
    record.width_px = px(samples.width_um);
    record.height_px = px(samples.height_um);
    if (std::int64_t{record.width_px} * record.height_px > max_pixels)
        return model::make_error(Code::bad_frame, "the plugin says that its pad is larger than a desk");
    const Ink ink = ink_of(request);
    const auto strokes = strokes_of(samples);
    if (strokes.empty())
        return model::make_error(Code::no_subject, "the pen did not touch the pad; sign again");
    record.bits = 8;
    record.channels = ink.gray() ? 1 : 3;
    record.dpi_x = record.dpi_y = dpi;
    drawing.bytes = format == format_svg ? svg_of(samples, strokes, ink) : pixels_of(record, strokes, ink);
    return drawing;
}

} // namespace rekam::host
