// SPDX-License-Identifier: Apache-2.0 OR MIT
// From the bytes of sane_read to the rows of a page: padding off, one polarity, three passes into one picture. Pure.
#pragma once

#include <sane/sane.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rekam::sane {

/// What a page turned out to be. Rows are packed to whole bytes, samples as REKAM_FORMAT_RAW wants them.
struct PageShape {
    uint32_t width_px = 0, height_px = 0, bits = 0, channels = 0;
    bool operator==(const PageShape&) const = default;
};

/// Why the bytes make no picture; text for the technician.
struct BadData {
    std::string text;
};

/// One page, fed by one or three passes. Throws BadData; then throw the page away.
class PageAssembler {
  public:
    /// Rows in their final form, one or more at a time, from the top.
    using Rows = std::function<void(const uint8_t* bytes, std::size_t count)>;
    /// bytes_max: the largest page that is accepted (three-pass pages are held in memory).
    PageAssembler(Rows rows, uint64_t bytes_max) : rows_(std::move(rows)), bytes_max_(bytes_max) {}

    /// After sane_start, with what sane_get_parameters says then.
    void begin_pass(const SANE_Parameters& parameters);
    void feed(const uint8_t* bytes, std::size_t count);
    /// At SANE_STATUS_EOF. short_is_page: a page with fewer rows than announced is one (a feeder sees the paper's end).
    /// True: that was the last pass.
    bool end_pass(bool short_is_page);
    /// After the last pass: hands out what is still held, and says what the page is.
    PageShape finish();

    /// Whether the pass that is under way has delivered anything yet.
    bool pass_is_empty() const { return pass_rows_ == 0 && partial_.empty(); }
    /// How far the page is; 0..100, -1: unknown (a hand scanner).
    int percent() const;
    /// What the page will take, 0: unknown.
    uint64_t expected_bytes() const;

  private:
    void check_first(const SANE_Parameters& parameters) const;
    void check_next(const SANE_Parameters& parameters) const;
    void take_row(const uint8_t* row);
    std::size_t row_bytes() const;
    bool three_pass() const { return passes_ > 0 && format_ >= SANE_FRAME_RED; }

    Rows rows_;
    uint64_t bytes_max_;
    SANE_Parameters pass_{};
    SANE_Frame format_ = SANE_FRAME_GRAY;
    std::size_t passes_ = 0;
    uint64_t pass_rows_ = 0, page_rows_ = 0;
    std::vector<uint8_t> partial_, converted_;
    std::vector<uint8_t> planes_[3];
    bool seen_[3] = {};
};

} // namespace rekam::sane
