// SPDX-License-Identifier: Apache-2.0
// What of the station's records may leave it: a list of what is kept, so that a field of tomorrow is left out until
// somebody has looked at it. Nothing that a person or a vendor wrote as a text of their own is on the list.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace rekam::ctl {

/// Numbers and flags, and the texts whose fields are words, ids or versions.
boost::json::value redacted(const boost::json::value& record);

/// A line of rekamd's log: time, level and subject, and the message where rekamd itself has written all of it.
std::string redacted_log_line(std::string_view line);

/// A configuration file without comments, and without texts that may hold a secret, a name or a person's folder.
std::string redacted_toml(const std::string& text);

/// Of somebody's folder: "/home/-/..."
std::string redacted_path(std::string_view path);

} // namespace rekam::ctl
