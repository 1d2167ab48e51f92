// SPDX-License-Identifier: Apache-2.0
// Text from outside, made fit for a log line or a record.
#pragma once

#include <string>
#include <string_view>

namespace rekam::io {

/// One line of valid UTF-8: control characters, line separators, characters that turn the direction of writing, and
/// bytes that are no UTF-8 become \n, \t, \xNN or \u{NNNN}. Nothing that a terminal or a log reader could act on is
/// left.
std::string escape(std::string_view raw);

} // namespace rekam::io
