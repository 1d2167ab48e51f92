// SPDX-License-Identifier: Apache-2.0
// The record of one frame (sdk/schema: frame), and the time that all records share.
#pragma once

#include "core/model/error.h"
#include "core/wire/json.h"
#include "core/wire/types.h"

#include <boost/describe/class.hpp>

namespace rekam::wire {

struct Time {
    std::int64_t utc_us = 0, mono_us = 0;
    std::string boot;
    bool synced = false;
};
BOOST_DESCRIBE_STRUCT(Time, (), (utc_us, mono_us, boot, synced))

struct Exposure {
    std::int64_t mono_us = 0;
    model::ExposureBasis basis = model::ExposureBasis::call;
};
BOOST_DESCRIBE_STRUCT(Exposure, (), (mono_us, basis))

struct Quality {
    Percent score;
    std::string algorithm, version, by; ///< by: "rekam" or "vendor"
    std::optional<std::vector<std::string>> reasons;
};
BOOST_DESCRIBE_STRUCT(Quality, (), (score, algorithm, version, by, reasons))

struct Box {
    std::int64_t x_px = 0, y_px = 0, width_px = 0, height_px = 0;
};
BOOST_DESCRIBE_STRUCT(Box, (), (x_px, y_px, width_px, height_px))

/// One finger that a device found in a slap, or one eye.
struct Finger {
    std::string position; ///< "finger.left-index", "eye.right"
    std::optional<Box> box;
    std::optional<Percent> quality;
    std::optional<std::vector<std::string>> reasons;
};
BOOST_DESCRIBE_STRUCT(Finger, (), (position, box, quality, reasons))

struct DeviceTag {
    std::string id;
    std::optional<std::string> make, model, serial, firmware;
};
BOOST_DESCRIBE_STRUCT(DeviceTag, (), (id, make, model, serial, firmware))

struct Frame {
    std::string frame;
    std::int64_t index = 0;
    std::string subject;
    std::optional<std::int64_t> page;
    std::optional<std::string> side;
    std::string format;
    std::int64_t width_px = 0, height_px = 0, bits = 8, channels = 1;
    std::optional<std::int64_t> dpi_x, dpi_y;
    std::int64_t orientation = 1, bytes = 0;
    std::string hash, hashed_by;
    Exposure exposure;
    Time captured_at;
    std::optional<std::vector<Quality>> quality;
    std::optional<Box> box;
    DeviceTag device;
    std::string station, job, case_;
    std::int64_t attempt = 1;
    std::optional<std::int64_t> part;
    std::optional<bool> test; ///< of a case opened for `test`: nobody's
};
BOOST_DESCRIBE_STRUCT(Frame, (),
                      (frame, index, subject, page, side, format, width_px, height_px, bits, channels, dpi_x, dpi_y,
                       orientation, bytes, hash, hashed_by, exposure, captured_at, quality, box, device, station, job,
                       case_, attempt, part, test))

} // namespace rekam::wire
