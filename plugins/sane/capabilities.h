// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a scanner can do, as found by trying its sources and modes, and as the JSON Schema of the ABI. Pure.
#pragma once

#include "plugins/sane/wanted.h"
#include "plugins/sane/words.h"

namespace rekam::sane {

/// The allowed resolutions: a list, or a range (step 0 or 1: every one in it). max 0 and no list: cannot be chosen.
struct DpiRule {
    std::vector<int> list;
    int min = 0, max = 0, step = 0;
    bool operator==(const DpiRule&) const = default;
    bool known() const { return !list.empty() || max > 0; }
};

/// The bed, from its own corner; 0 where the area cannot be chosen.
struct Extent {
    int64_t width_um = 0, height_um = 0;
    bool operator==(const Extent&) const = default;
};

struct ModeFacts {
    std::string mode; // empty: the scanner has no choice
    std::vector<int> depths;
    DpiRule dpi;
    bool operator==(const ModeFacts&) const = default;
};

struct SourceFacts {
    std::string source; // empty: no word of the vocabulary
    Extent extent;
    std::vector<ModeFacts> modes;
};

struct VendorOption {
    Option option;
    std::optional<Value> initial;
};

struct Facts {
    std::vector<SourceFacts> sources; // at least one
    std::string source, mode;         // defaults; empty: not known
    int depth = 0, dpi = 0;           // defaults; 0: not known
    std::optional<Area> area;
    std::vector<VendorOption> vendor;
};

DpiRule dpi_rule(const Options& options);
/// dpi: the resolution now, for scanners that count in pixels.
Extent extent(const Options& options, double dpi_x, double dpi_y);

/// The options that a request may set under their own name; choices: those whose settings are words of the vocabulary.
bool is_vendor_option(const Option& option, const std::vector<Choice>& sources);

/// At most 36 KiB; vendor options that do not fit are left out.
std::string capabilities_json(const Facts& facts);
/// Changes when the text does, and is the same after every restart; never 0.
uint32_t revision_of(const std::string& text);

} // namespace rekam::sane
