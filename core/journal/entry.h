// SPDX-License-Identifier: Apache-2.0
// What stands in the JSON of an entry.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace rekam::journal {

/// A text or a number; empty or 0 where it is not there, or is something else.
std::string text_of(const boost::json::object& from, std::string_view name);
std::int64_t number_of(const boost::json::object& from, std::string_view name);

} // namespace rekam::journal
