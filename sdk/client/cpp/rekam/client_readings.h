// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a capture tells beside its frames. Included by rekam/client.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rekam {

// What a device reads beside frames. Units are in the names; sdk/schema/readings.json says what each field means.
struct SampleLists {
    std::int64_t width_um = 0, height_um = 0;                   // of the pad
    std::vector<std::int64_t> t_us, x_um, y_um, pressure, tilt; // one entry per sample; tilt may be empty
    std::vector<std::int64_t> gaps;
    std::int64_t losses = 0;
};

struct MrzCheck {
    std::string field, read, computed;
    bool ok = false;
};

struct MrzRecord {
    std::string kind; // "TD1", "TD3", ...
    std::vector<std::string> lines;
    std::map<std::string, std::string> fields; // "surname", "birth_date" (YYMMDD), ...
    std::vector<MrzCheck> checks;
    bool valid = false; // every check digit is right
};

struct EyeRecord {
    std::string position; // "eye.left": also the subject of the frame that shows it
    std::int64_t x_px = 0, y_px = 0, radius_px = 0;
    std::optional<std::int64_t> pupil_radius_px, gaze_x_cdeg, gaze_y_cdeg;
};

struct Box {
    std::int64_t x_px = 0, y_px = 0, width_px = 0, height_px = 0;
};

// One finger of a slap or one eye, as the device found it in the frame.
struct FingerRecord {
    std::string position; // "finger.left-index", "eye.right"
    std::optional<Box> box;
    std::optional<std::int64_t> quality; // 0 to 100
    std::vector<std::string> reasons;    // why it is no better
};

// A part of the subject that was not asked for.
struct ExceptedRecord {
    std::string subject;
    std::string reason; // missing injured bandaged cannot device
};

struct Readings {
    std::optional<SampleLists> samples;
    std::optional<MrzRecord> mrz;
    std::vector<EyeRecord> eyes;
    bool expired = false; // there were readings; the station has them no more
    bool empty() const { return !samples && !mrz && eyes.empty(); }
};

} // namespace rekam
