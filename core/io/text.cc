// SPDX-License-Identifier: Apache-2.0
#include "core/io/text.h"

#include <array>
#include <cstdint>

namespace rekam::io {
namespace {

struct Decoded {
    char32_t character = 0;
    std::size_t bytes = 0; ///< 0: no valid UTF-8 starts here
};

Decoded decode(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = at(0);
    if (first < 0x80)
        return {first, 1};
    const std::size_t bytes = first >= 0xf0 && first < 0xf5   ? 4
                              : first >= 0xe0 && first < 0xf0 ? 3
                              : first >= 0xc2 && first < 0xe0 ? 2
                                                              : 0;
    if (bytes == 0 || text.size() < bytes)
        return {};
    char32_t character = first & (0x7fU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((at(i) & 0xc0U) != 0x80)
            return {};
        character = (character << 6U) | (at(i) & 0x3fU);
    }
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = character >= 0xd800 && character <= 0xdfff;
    return character < smallest.at(bytes) || character > 0x10ffff || surrogate ? Decoded{} : Decoded{character, bytes};
}

bool harmless(char32_t c) {
    return c >= 0x20 && (c < 0x7f || c > 0x9f) && (c < 0x200b || c > 0x200f) && (c < 0x2028 || c > 0x202e) &&
           (c < 0x2066 || c > 0x2069) && c != 0xfeff;
}

void append_hex(std::string& out, std::uint32_t value, std::size_t digits) {
    constexpr std::string_view hex = "0123456789abcdef";
    while (digits-- > 0)
        out += hex[(value >> (4 * digits)) & 0xfU];
}

} // namespace

std::string escape(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    while (!raw.empty()) {
        const auto [character, bytes] = decode(raw);
        if (bytes != 0 && harmless(character)) {
            out += raw.substr(0, bytes);
        } else if (raw[0] == '\n' || raw[0] == '\r' || raw[0] == '\t') {
            out += raw[0] == '\n' ? "\\n" : raw[0] == '\r' ? "\\r" : "\\t";
        } else if (bytes <= 1) {
            out += "\\x";
            append_hex(out, static_cast<unsigned char>(raw[0]), 2);
        } else {
            out += "\\u{";
            append_hex(out, character, 4); // all that is not harmless lies below U+10000
            out += '}';
        }
        raw.remove_prefix(bytes == 0 ? 1 : bytes);
    }
    return out;
}

} // namespace rekam::io
