// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/schema/schemas.h"

#include <algorithm>

namespace rekam::schema {

const Schema* find(std::string_view name) {
    const auto found = std::ranges::find(all(), name, &Schema::name);
    return found == all().end() ? nullptr : &*found;
}

} // namespace rekam::schema
