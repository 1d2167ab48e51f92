// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/table.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rekam::ctl {
namespace {

struct Character {
    char32_t code;
    std::size_t bytes; ///< 0: broken
};

/// The first character of text, which is not empty.
Character decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80)
        return {first, 1};
    const std::size_t count = first >= 0xF0 ? 4U : first >= 0xE0 ? 3U : 2U;
    if (first < 0xC2 || first > 0xF4 || text.size() < count)
        return {0, 0};
    char32_t code = first & (0xFFU >> (count + 1));
    for (std::size_t i = 1; i < count; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U)
            return {0, 0};
        code = (code << 6U) | (byte(i) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < smallest.at(count) || code > 0x10FFFF || surrogate ? Character{0, 0} : Character{code, count};
}

/// C0, DEL, C1, and the marks that turn the direction of what follows.
bool commands_terminal(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0x200E || code == 0x200F || code == 0x2028 || code == 0x2029;
}

std::size_t columns(char32_t code) {
    const auto in = [code](char32_t from, char32_t to) { return code >= from && code <= to; };
    if (in(0x0300, 0x036F) || in(0x1AB0, 0x1AFF) || in(0x20D0, 0x20FF) || in(0xFE00, 0xFE0F) || in(0x200B, 0x200D)) {
        return 0;
    }
    const bool wide = in(0x1100, 0x115F) || in(0x2E80, 0xA4CF) || in(0xAC00, 0xD7A3) || in(0xF900, 0xFAFF) ||
                      in(0xFE30, 0xFE6F) || in(0xFF00, 0xFF60) || in(0xFFE0, 0xFFE6) || in(0x1F300, 0x1FAFF) ||
                      in(0x20000, 0x3FFFD);
    return wide ? 2 : 1;
}

} // namespace

std::string printable(std::string_view text) {
    std::string safe;
    while (!text.empty()) {
        const auto [code, bytes] = decode(text);
        const bool keep = bytes > 0 && !commands_terminal(code);
        safe.append(keep ? text.substr(0, bytes) : "?");
        text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
    return safe;
}

std::size_t width(std::string_view text) {
    std::size_t total = 0;
    while (!text.empty()) {
        const auto [code, bytes] = decode(text);
        total += bytes == 0 ? 1 : columns(code);
        text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
    return total;
}

std::string_view colour_of(std::string_view word) {
    constexpr std::string_view green = "\x1b[32m";
    constexpr std::string_view yellow = "\x1b[33m";
    constexpr std::string_view red = "\x1b[31m";
    constexpr std::string_view cyan = "\x1b[36m";
    constexpr auto words = std::to_array<std::pair<std::string_view, std::string_view>>({
        {"ready", green}, {"ok", green},         {"done", green},     {"in-service", {}},   {"starting", cyan},
        {"busy", cyan},   {"running", cyan},     {"waiting", cyan},   {"accepted", cyan},   {"degraded", yellow},
        {"held", yellow}, {"cancelled", yellow}, {"timeout", yellow}, {"unknown", yellow},  {"absent", yellow},
        {"down", red},    {"stuck", red},        {"failed", red},     {"quarantined", red},
    });
    for (const auto& [known, colour] : words)
        if (known == word)
            return colour;
    return {};
}

std::string Table::text(bool colour) const {
    std::vector<std::vector<std::string>> lines{head_};
    for (const auto& row : rows_) {
        lines.emplace_back();
        for (const auto& cell : row)
            lines.back().push_back(printable(cell));
    }
    std::vector<std::size_t> widths(head_.size(), 0);
    std::vector<bool> used(head_.size(), false);
    for (std::size_t line = 0; line < lines.size(); ++line) {
        for (std::size_t column = 0; column < head_.size(); ++column) {
            widths[column] = std::max(widths[column], width(lines[line][column]));
            if (line > 0 && !lines[line][column].empty())
                used[column] = true;
        }
    }
    std::string out;
    for (std::size_t line = 0; line < lines.size(); ++line) {
        std::string row;
        for (std::size_t column = 0; column < head_.size(); ++column) {
            if (!used[column])
                continue;
            const std::string& cell = lines[line][column];
            const std::string_view paint = !colour ? "" : line == 0 ? "\x1b[1m" : colour_of(cell);
            if (!row.empty())
                row += "  ";
            row += paint;
            row += cell;
            if (!paint.empty())
                row += "\x1b[0m";
            row.append(widths[column] - width(cell), ' ');
        }
        out += row.erase(row.find_last_not_of(' ') + 1) + "\n";
    }
    return out;
}

} // namespace rekam::ctl
