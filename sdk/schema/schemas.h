// SPDX-License-Identifier: Apache-2.0 OR MIT
// The published schemas, as the station serves them. Constant text: any thread, no allocation.
#pragma once

#include <span>
#include <string_view>

namespace rekam::schema {

struct Schema {
    std::string_view name; ///< the file's stem: "capture.start.params"
    std::string_view text; ///< JSON
};

/// All of them, sorted by name.
std::span<const Schema> all();

/// The schema of that name; null where there is none.
const Schema* find(std::string_view name);

} // namespace rekam::schema
