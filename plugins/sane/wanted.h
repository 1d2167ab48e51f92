// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a request asks of a scanner, taken apart. Pure.
#pragma once

#include <rekam/plugin.hpp>

#include "plugins/sane/options.h"

namespace rekam::sane {

struct Area {
    int64_t x_um = 0, y_um = 0, width_um = 0, height_um = 0;
    bool operator==(const Area&) const = default;
};

/// A key of our own namespace, "sane:brightness", with its value as it came.
struct VendorKey {
    std::string key, option;
    std::variant<bool, int64_t, double, std::string> value;
};

/// Empty: not asked, the default of the capabilities holds.
struct Wanted {
    std::optional<std::string> source, mode;
    std::optional<int> depth, dpi, pages_max;
    std::optional<Area> area;
    std::vector<VendorKey> vendor;
};

inline constexpr std::string_view vendor_prefix = "sane:";

/// Throws UNSUPPORTED_PARAMETER for a key that no scanner has, OUT_OF_RANGE for a value that none can do.
Wanted read_request(const plugin::Request& request);

/// The value in the option's own type; throws OUT_OF_RANGE naming the key.
Value vendor_value(const VendorKey& asked, const Option& option);

} // namespace rekam::sane
