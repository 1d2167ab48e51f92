// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/frames.h"

#include <algorithm>
#include <cstring>

namespace rekam::sane {
namespace {

/// As a number: back ends also use types that the enumeration does not have.
int type_of(const SANE_Parameters& p) {
    int type = 0;
    static_assert(sizeof type == sizeof p.format);
    std::memcpy(&type, &p.format, sizeof type);
    return type;
}

std::size_t plane_of(SANE_Frame format) { return static_cast<std::size_t>(format) - SANE_FRAME_RED; }

/// Bytes of a row of `samples` samples, without padding.
std::size_t packed(std::size_t samples, int depth) {
    return depth == 1 ? (samples + 7) / 8 : samples * (depth == 16 ? 2 : 1);
}

std::size_t least_bytes_per_line(const SANE_Parameters& p) {
    const auto width = static_cast<std::size_t>(p.pixels_per_line);
    // With one bit, SANE interleaves the channels by bytes: eight pixels of red, eight of green, eight of blue.
    return p.format == SANE_FRAME_RGB ? 3 * packed(width, p.depth) : packed(width, p.depth);
}

uint8_t bit_as_byte(const uint8_t* bytes, std::size_t x) { return (bytes[x / 8] >> (7 - x % 8)) & 1 ? 0xff : 0x00; }

/// In SANE's gray a set bit is black; ours is the other way round. The bits behind the last pixel become 0.
void convert_lineart(const uint8_t* in, std::size_t width, uint8_t* out) {
    const std::size_t bytes = packed(width, 1);
    for (std::size_t i = 0; i < bytes; ++i)
        out[i] = static_cast<uint8_t>(~in[i]);
    if (width % 8 != 0)
        out[bytes - 1] = static_cast<uint8_t>(out[bytes - 1] & (0xff << (8 - width % 8)));
}

/// No picture format holds colour of one bit, so it becomes 0 and 255. In colour a set bit is full intensity.
void convert_one_bit_color(const uint8_t* in, std::size_t width, uint8_t* out) {
    for (std::size_t x = 0; x < width; ++x)
        for (std::size_t channel = 0; channel < 3; ++channel)
            out[3 * x + channel] = static_cast<uint8_t>((in[x / 8 * 3 + channel] >> (7 - x % 8)) & 1 ? 0xff : 0x00);
}

} // namespace

void PageAssembler::check_first(const SANE_Parameters& p) const {
    if (type_of(p) < SANE_FRAME_GRAY || type_of(p) > SANE_FRAME_BLUE)
        throw BadData{"frame type " + std::to_string(type_of(p)) + " is no picture"};
    if (p.depth != 1 && p.depth != 8 && p.depth != 16)
        throw BadData{"a depth of " + std::to_string(p.depth) + " bits is not in the SANE standard"};
    if (p.pixels_per_line < 1 || p.lines < -1 || p.lines == 0 || p.bytes_per_line < 1)
        throw BadData{"a page of " + std::to_string(p.pixels_per_line) + " x " + std::to_string(p.lines) + " pixels"};
    if (static_cast<std::size_t>(p.bytes_per_line) < least_bytes_per_line(p))
        throw BadData{std::to_string(p.bytes_per_line) + " bytes do not hold " + std::to_string(p.pixels_per_line) +
                      " pixels"};
    if ((p.format == SANE_FRAME_GRAY || p.format == SANE_FRAME_RGB) && p.last_frame == SANE_FALSE)
        throw BadData{"more frames are announced after a complete one"};
}

void PageAssembler::check_next(const SANE_Parameters& p) const {
    check_first(p);
    if (p.format < SANE_FRAME_RED || seen_[plane_of(p.format)])
        throw BadData{"pass " + std::to_string(passes_ + 1) + " is no new colour"};
    if (p.pixels_per_line != pass_.pixels_per_line || p.depth != pass_.depth)
        throw BadData{"the passes differ in width or depth"};
}

void PageAssembler::begin_pass(const SANE_Parameters& p) {
    if (passes_ == 0) {
        check_first(p);
        format_ = p.format;
    } else {
        check_next(p);
    }
    pass_ = p;
    ++passes_;
    pass_rows_ = 0;
    partial_.clear();
    if (three_pass())
        seen_[plane_of(p.format)] = true;
    if (expected_bytes() > bytes_max_)
        throw BadData{"the page would take " + std::to_string(expected_bytes()) + " bytes, more than is accepted"};
}

std::size_t PageAssembler::row_bytes() const {
    const auto width = static_cast<std::size_t>(pass_.pixels_per_line);
    if (format_ == SANE_FRAME_GRAY)
        return packed(width, pass_.depth);
    return width * 3 * (pass_.depth == 16 ? 2 : 1);
}

void PageAssembler::feed(const uint8_t* bytes, std::size_t count) {
    const auto line = static_cast<std::size_t>(pass_.bytes_per_line);
    while (count > 0) {
        if (partial_.empty() && count >= line) {
            take_row(bytes);
            bytes += line;
            count -= line;
            continue;
        }
        const std::size_t taken = std::min(count, line - partial_.size());
        partial_.insert(partial_.end(), bytes, bytes + taken);
        bytes += taken;
        count -= taken;
        if (partial_.size() == line) {
            take_row(partial_.data());
            partial_.clear();
        }
    }
}

void PageAssembler::take_row(const uint8_t* row) {
    if (pass_.lines > 0 && pass_rows_ == static_cast<uint64_t>(pass_.lines))
        throw BadData{"more rows came than the " + std::to_string(pass_.lines) + " announced"};
    ++pass_rows_;
    if (pass_rows_ * row_bytes() > bytes_max_)
        throw BadData{"the page takes more than " + std::to_string(bytes_max_) + " bytes"};
    const auto width = static_cast<std::size_t>(pass_.pixels_per_line);
    if (three_pass()) {
        std::vector<uint8_t>& plane = planes_[plane_of(pass_.format)];
        if (pass_.depth == 1)
            for (std::size_t x = 0; x < width; ++x)
                plane.push_back(bit_as_byte(row, x));
        else
            plane.insert(plane.end(), row, row + packed(width, pass_.depth));
        return;
    }
    converted_.resize(row_bytes());
    if (pass_.depth != 1)
        std::memcpy(converted_.data(), row, converted_.size());
    else if (format_ == SANE_FRAME_GRAY)
        convert_lineart(row, width, converted_.data());
    else
        convert_one_bit_color(row, width, converted_.data());
    rows_(converted_.data(), converted_.size());
}

bool PageAssembler::end_pass(bool short_is_page) {
    const uint64_t announced = pass_.lines > 0 ? static_cast<uint64_t>(pass_.lines) : 0;
    const bool is_short = announced != 0 && pass_rows_ < announced;
    if (pass_rows_ == 0 || (is_short && !short_is_page))
        throw BadData{std::to_string(pass_rows_) + " rows came" +
                      (announced ? " of the " + std::to_string(announced) + " announced" : std::string())};
    if (!partial_.empty() && !is_short)
        throw BadData{"the last row has " + std::to_string(partial_.size()) + " bytes of " +
                      std::to_string(pass_.bytes_per_line)};
    if (passes_ > 1 && pass_rows_ != page_rows_)
        throw BadData{"the passes differ in height"};
    page_rows_ = pass_rows_;
    return pass_.last_frame != SANE_FALSE || (three_pass() && passes_ == 3);
}

PageShape PageAssembler::finish() {
    const auto width = static_cast<std::size_t>(pass_.pixels_per_line);
    // One-bit colour was widened: see convert_one_bit_color.
    const int bits = format_ != SANE_FRAME_GRAY && pass_.depth == 1 ? 8 : pass_.depth;
    PageShape shape{static_cast<uint32_t>(pass_.pixels_per_line), static_cast<uint32_t>(page_rows_),
                    static_cast<uint32_t>(bits), format_ == SANE_FRAME_GRAY ? 1u : 3u};
    if (!three_pass())
        return shape;
    if (!seen_[0] || !seen_[1] || !seen_[2])
        throw BadData{"a colour is missing after the last pass"};
    const std::size_t sample = bits == 16 ? 2 : 1;
    converted_.resize(row_bytes());
    for (uint64_t row = 0; row < page_rows_; ++row) {
        for (std::size_t channel = 0; channel < 3; ++channel) {
            const uint8_t* from = planes_[channel].data() + row * width * sample;
            for (std::size_t x = 0; x < width; ++x)
                std::memcpy(converted_.data() + (x * 3 + channel) * sample, from + x * sample, sample);
        }
        rows_(converted_.data(), converted_.size());
    }
    return shape;
}

int PageAssembler::percent() const {
    if (pass_.lines < 1)
        return -1;
    const uint64_t lines = static_cast<uint64_t>(pass_.lines);
    const uint64_t passes = three_pass() ? 3 : 1;
    return static_cast<int>(((passes_ - 1) * lines + pass_rows_) * 100 / (passes * lines));
}

uint64_t PageAssembler::expected_bytes() const {
    return pass_.lines < 1 ? 0 : static_cast<uint64_t>(pass_.lines) * row_bytes();
}

} // namespace rekam::sane
