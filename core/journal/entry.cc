// SPDX-License-Identifier: Apache-2.0
#include "core/journal/entry.h"

namespace rekam::journal {

std::string text_of(const boost::json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_of(const boost::json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

} // namespace rekam::journal
