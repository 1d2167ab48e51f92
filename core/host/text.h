// SPDX-License-Identifier: Apache-2.0 OR MIT
// A vendor's text on its way into logs and JSON.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rekam::host {

/// Valid UTF-8 without control characters, at most max_bytes: what is neither becomes '?'.
std::string clean_text(std::string_view text, std::size_t max_bytes = 512);

/// The same of a fixed array that may lack its zero byte.
template <std::size_t N> std::string clean_array(const char (&text)[N]) {
    const std::string_view all(text, N);
    return clean_text(all.substr(0, all.find('\0')), N);
}

/// Nothing where the array is empty.
template <std::size_t N> std::optional<std::string> optional_text(const char (&text)[N]) {
    std::string clean = clean_array(text);
    return clean.empty() ? std::nullopt : std::optional(std::move(clean));
}

} // namespace rekam::host
