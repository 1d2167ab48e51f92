// SPDX-License-Identifier: Apache-2.0
// Field types that carry their own bounds, so that a struct of them is its own schema (held equal to sdk/schema).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rekam::wire {

/// Largest integer that every JSON library keeps exactly.
constexpr std::int64_t max_integer = (std::int64_t{1} << 53) - 1;

template <std::int64_t Min, std::int64_t Max> struct Int {
    static constexpr std::int64_t min = Min, max = Max;
    std::int64_t value = Min;
    constexpr Int() = default;
    constexpr Int(std::int64_t v) : value(v) {}               // NOLINT(google-explicit-constructor): it is a number
    constexpr operator std::int64_t() const { return value; } // NOLINT(google-explicit-constructor)
};
using Count = Int<0, max_integer>;
using Number = Int<-max_integer, max_integer>;
using Percent = Int<0, 100>;

/// Which characters a text may hold. Bytes above 0x7f are UTF-8, already checked by the parser.
enum class Charset : std::uint8_t {
    printable,  ///< no control characters
    identifier, ///< [A-Za-z0-9._-]
    slot_name,  ///< [a-z0-9][a-z0-9._-]*
    hex,        ///< [0-9a-f]
    media_type, ///< type/subtype of [a-z0-9.+-]
    color,      ///< #rrggbb
    mrz,        ///< [A-Z0-9<]
};
bool fits(Charset charset, std::string_view text);
std::string_view describe(Charset charset);

template <std::size_t Min, std::size_t Max, Charset Set = Charset::printable> struct Text {
    static constexpr std::size_t min = Min, max = Max;
    static constexpr Charset charset = Set;
    std::string value;
    Text() = default;
    Text(std::string v) : value(std::move(v)) {}          // NOLINT(google-explicit-constructor): it is a string
    Text(const char* v) : value(v) {}                     // NOLINT(google-explicit-constructor)
    operator const std::string&() const { return value; } // NOLINT(google-explicit-constructor)
    operator std::string_view() const { return value; }   // NOLINT(google-explicit-constructor)
    bool operator==(const Text&) const = default;
};
using Label = Text<1, 128>;
using SlotName = Text<1, 64, Charset::slot_name>;
using Id = Text<1, 128>;
using Token = Text<32, 32, Charset::hex>;
using MediaType = Text<3, 64, Charset::media_type>;

template <class T, std::size_t Min, std::size_t Max, bool Unique = false> struct List {
    static constexpr std::size_t min = Min, max = Max;
    static constexpr bool unique = Unique;
    std::vector<T> items;
};

/// One word of a closed list that only this field has.
template <class Words> struct Word {
    std::string value;
    static constexpr auto& allowed = Words::values;
};

/// The word "auto" (empty here) or a number.
template <std::int64_t Min, std::int64_t Max> struct AutoOr { std::optional<Int<Min, Max>> value; };

/// A number that must be one of a few.
template <std::int64_t... Choices> struct OneOf {
    static constexpr std::array<std::int64_t, sizeof...(Choices)> allowed{Choices...};
    std::int64_t value = allowed[0];
};

} // namespace rekam::wire
