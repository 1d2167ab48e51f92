// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/text.h"

#include <cstdint>

namespace rekam::host {
namespace {

/// How many bytes the well-formed UTF-8 character at the front takes; 0 where there is none.
std::size_t character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0u; };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
    const unsigned first = byte(0), second = byte(1);
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && second < 0xA0, surrogate = first == 0xED && second >= 0xA0;
        return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool outside = (first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90);
        return tail(1) && tail(2) && tail(3) && !outside ? 4 : 0;
    }
    return 0;
}

/// C0, DEL and C1 (which begins with 0xC2 0x80..0x9F).
bool is_control(std::string_view one) {
    const auto first = static_cast<std::uint8_t>(one[0]);
    return first < 0x20 || first == 0x7F || (first == 0xC2 && static_cast<std::uint8_t>(one[1]) < 0xA0);
}

} // namespace

std::string clean_text(std::string_view text, std::size_t max_bytes) {
    std::string clean;
    while (!text.empty()) {
        const std::size_t length = character(text);
        const std::string_view one = text.substr(0, length);
        const bool bad = length == 0 || is_control(one);
        if (clean.size() + (bad ? 1 : length) > max_bytes)
            break;
        clean += bad ? std::string_view("?") : one;
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return clean;
}

} // namespace rekam::host
