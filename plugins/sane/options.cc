// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/options.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace rekam::sane {
namespace {

constexpr double smallest_fixed = 1.0 / (1 << SANE_FIXED_SCALE_SHIFT);

Type type_of(const SANE_Option_Descriptor& d) {
    const bool one_word = d.size == static_cast<SANE_Int>(sizeof(SANE_Word));
    switch (d.type) {
    case SANE_TYPE_BOOL: return one_word ? Type::boolean : Type::other;
    case SANE_TYPE_INT: return one_word ? Type::integer : Type::other;
    case SANE_TYPE_FIXED: return one_word ? Type::fixed : Type::other;
    case SANE_TYPE_STRING: return d.size > 0 ? Type::text : Type::other;
    case SANE_TYPE_BUTTON:
    case SANE_TYPE_GROUP: break;
    }
    return Type::other;
}

double number_of(Type type, SANE_Word word) {
    return type == Type::fixed ? SANE_UNFIX(word) : static_cast<double>(word);
}

void add_constraint(Option& option, const SANE_Option_Descriptor& d) {
    const bool is_number = option.type == Type::integer || option.type == Type::fixed;
    if (d.constraint_type == SANE_CONSTRAINT_RANGE && is_number && d.constraint.range) {
        const SANE_Range& range = *d.constraint.range;
        option.range = Range{number_of(option.type, range.min), number_of(option.type, range.max),
                             number_of(option.type, range.quant)};
    } else if (d.constraint_type == SANE_CONSTRAINT_WORD_LIST && is_number && d.constraint.word_list) {
        for (SANE_Word i = 1; i <= d.constraint.word_list[0]; ++i)
            option.numbers.push_back(number_of(option.type, d.constraint.word_list[i]));
    } else if (d.constraint_type == SANE_CONSTRAINT_STRING_LIST && option.type == Type::text &&
               d.constraint.string_list) {
        for (const SANE_String_Const* text = d.constraint.string_list; *text; ++text)
            option.texts.emplace_back(*text);
    }
}

/// Length of the UTF-8 sequence at the front of text; 0: it is none.
std::size_t sequence_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : 0;
    if (length == 0 || text.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80)
            return 0;
    const bool overlong_or_surrogate = length == 3 && ((lead == 0xe0 && static_cast<unsigned char>(text[1]) < 0xa0) ||
                                                       (lead == 0xed && static_cast<unsigned char>(text[1]) > 0x9f));
    return overlong_or_surrogate ? 0 : length;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

} // namespace

Option describe(const SANE_Option_Descriptor& d, int index) {
    Option option;
    option.index = index;
    option.name = d.name ? d.name : "";
    option.type = type_of(d);
    option.unit = d.unit;
    option.bytes = d.size > 0 ? static_cast<std::size_t>(d.size) : 0;
    option.active = SANE_OPTION_IS_ACTIVE(d.cap);
    option.settable = SANE_OPTION_IS_SETTABLE(d.cap);
    option.readable = (d.cap & SANE_CAP_SOFT_DETECT) != 0;
    add_constraint(option, d);
    return option;
}

const Option* find(const Options& options, std::string_view name) {
    const auto at = std::ranges::find(options, name, &Option::name);
    return at == options.end() ? nullptr : &*at;
}

const Option* find_usable(const Options& options, std::string_view name) {
    const Option* option = find(options, name);
    return option && option->usable() && option->type != Type::other ? option : nullptr;
}

std::optional<std::vector<unsigned char>> encode(const Option& option, const Value& value) {
    std::vector<unsigned char> raw(option.bytes);
    const auto put_word = [&](double number) {
        // SANE_Word is 32 bits wide; a value outside of it would wrap round to another one.
        if (number < -2147483648.0 || number > 2147483647.0)
            return false;
        const auto word = static_cast<SANE_Word>(std::llround(number));
        std::memcpy(raw.data(), &word, sizeof word);
        return true;
    };
    if (const bool* flag = std::get_if<bool>(&value); flag && option.type == Type::boolean)
        return put_word(*flag ? SANE_TRUE : SANE_FALSE) ? std::optional(raw) : std::nullopt;
    if (const double* number = std::get_if<double>(&value); number && option.type == Type::integer)
        return put_word(*number) ? std::optional(raw) : std::nullopt;
    if (const double* number = std::get_if<double>(&value); number && option.type == Type::fixed)
        return put_word(*number * (1 << SANE_FIXED_SCALE_SHIFT)) ? std::optional(raw) : std::nullopt;
    if (const std::string* text = std::get_if<std::string>(&value); text && option.type == Type::text) {
        if (text->size() >= raw.size() || text->find('\0') != std::string::npos)
            return std::nullopt;
        std::copy(text->begin(), text->end(), raw.begin());
        return raw;
    }
    return std::nullopt;
}

std::optional<Value> decode(const Option& option, const std::vector<unsigned char>& raw) {
    if (option.type == Type::other || raw.size() < option.bytes)
        return std::nullopt;
    if (option.type == Type::text)
        return std::string(raw.begin(), std::find(raw.begin(), raw.end(), '\0'));
    SANE_Word word = 0;
    std::memcpy(&word, raw.data(), sizeof word);
    if (option.type == Type::boolean)
        return word != SANE_FALSE;
    return number_of(option.type, word);
}

bool permits(const Option& option, const Value& value) {
    if (!encode(option, value))
        return false;
    if (const double* number = std::get_if<double>(&value)) {
        if (option.range &&
            (*number < option.range->min - smallest_fixed || *number > option.range->max + smallest_fixed))
            return false;
        return option.numbers.empty() || std::ranges::any_of(option.numbers, [&](double allowed) {
                   return std::abs(allowed - *number) <= smallest_fixed;
               });
    }
    const auto* text = std::get_if<std::string>(&value);
    return !text || option.texts.empty() || std::ranges::find(option.texts, *text) != option.texts.end();
}

bool is_honoured(const Option& option, const Value& asked, const Value& actual) {
    const double* wanted = std::get_if<double>(&asked);
    const double* got = std::get_if<double>(&actual);
    if (!wanted || !got)
        return asked == actual;
    const double quant = option.range ? option.range->quant : 0;
    return std::abs(*wanted - *got) <= std::max(quant, smallest_fixed);
}

std::string number_text(double number) {
    std::array<char, 40> text{};
    if (number == std::floor(number) && std::abs(number) < 1e15)
        std::snprintf(text.data(), text.size(), "%lld", static_cast<long long>(number));
    else
        std::snprintf(text.data(), text.size(), "%.6g", number);
    return text.data();
}

std::string text_of(const Value& value) {
    if (const bool* flag = std::get_if<bool>(&value))
        return *flag ? "true" : "false";
    if (const double* number = std::get_if<double>(&value))
        return number_text(*number);
    return utf8(std::get<std::string>(value));
}

std::string allowed_text(const Option& option) {
    std::string all;
    for (const std::string& text : option.texts)
        all += (all.empty() ? "" : ", ") + utf8(text);
    for (const double number : option.numbers)
        all += (all.empty() ? "" : ", ") + number_text(number);
    if (!all.empty())
        return all;
    if (option.range) {
        all = number_text(option.range->min) + ".." + number_text(option.range->max);
        return option.range->quant > 0 ? all + " in steps of " + number_text(option.range->quant) : all;
    }
    switch (option.type) {
    case Type::boolean: return "true or false";
    case Type::integer: return "an integer";
    case Type::fixed: return "a number";
    case Type::text: return "a text of at most " + std::to_string(option.bytes - 1) + " bytes";
    case Type::other: break;
    }
    return "left alone";
}

std::string utf8(std::string_view text) {
    if (is_utf8(text))
        return std::string(text);
    std::string converted;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            converted += c;
        } else {
            converted += static_cast<char>(0xc0 | (byte >> 6));
            converted += static_cast<char>(0x80 | (byte & 0x3f));
        }
    }
    return converted;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

} // namespace rekam::sane
