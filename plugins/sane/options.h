// SPDX-License-Identifier: Apache-2.0 OR MIT
// SANE option descriptors and values as plain data. Pure: no call of SANE here.
#pragma once

#include <sane/sane.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rekam::sane {

enum class Type { boolean, integer, fixed, text, other }; // other: groups, buttons, arrays

struct Range {
    double min = 0, max = 0, quant = 0; // quant 0: any value
    bool operator==(const Range&) const = default;
};

/// Integers and fixed-point numbers are doubles here: both are exact in them.
using Value = std::variant<bool, double, std::string>;

struct Option {
    int index = 0;
    std::string name;
    Type type = Type::other;
    SANE_Unit unit = SANE_UNIT_NONE;
    std::size_t bytes = 0; // what a value takes, with the final zero of a text
    bool active = false, settable = false, readable = false;
    std::optional<Range> range;
    std::vector<double> numbers;    // the only allowed ones; empty: see range
    std::vector<std::string> texts; // the only allowed ones; empty: any
    bool operator==(const Option&) const = default;

    bool usable() const { return active && settable && readable; }
};
using Options = std::vector<Option>;

Option describe(const SANE_Option_Descriptor& descriptor, int index);
const Option* find(const Options& options, std::string_view name);
/// find, but null where it is inactive or cannot be set and read.
const Option* find_usable(const Options& options, std::string_view name);

/// A value in the form that sane_control_option takes; nothing where it has another type or is too long.
std::optional<std::vector<unsigned char>> encode(const Option& option, const Value& value);
std::optional<Value> decode(const Option& option, const std::vector<unsigned char>& raw);

/// Whether the descriptor allows the value. Between two steps of a range is allowed: the scanner rounds it.
bool permits(const Option& option, const Value& value);
/// Whether the scanner did what was asked: the same value, or the rounding that the range announces.
bool is_honoured(const Option& option, const Value& asked, const Value& actual);

/// For people: "1..1200 in steps of 1", "Flatbed, ADF".
std::string allowed_text(const Option& option);
std::string text_of(const Value& value);
/// SANE's strings are Latin-1 by the standard and often UTF-8 in fact; what is no UTF-8 is read as Latin-1.
std::string utf8(std::string_view text);
std::string lower(std::string_view text);
std::string number_text(double number);

} // namespace rekam::sane
