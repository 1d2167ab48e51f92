// SPDX-License-Identifier: Apache-2.0
#include "core/wire/reader.h"

#include <boost/json/serialize.hpp>

namespace rekam::wire {

bool fits(Charset charset, std::string_view text) {
    const auto lower_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    const auto all = [&](auto&& allowed) { return std::ranges::all_of(text, allowed); };
    switch (charset) {
    case Charset::printable: return all([](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
    case Charset::identifier:
        return all(
            [&](char c) { return lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-'; });
    case Charset::slot_name:
        return (text.empty() || lower_or_digit(text.front())) &&
               all([&](char c) { return lower_or_digit(c) || c == '.' || c == '_' || c == '-'; });
    case Charset::hex: return all([](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    case Charset::media_type: {
        const auto slash = text.find('/');
        return slash != std::string_view::npos && slash + 1 < text.size() && lower_or_digit(text.front()) &&
               lower_or_digit(text[slash + 1]) && std::ranges::count(text, '/') == 1 &&
               all([&](char c) { return lower_or_digit(c) || c == '.' || c == '+' || c == '/' || c == '-'; });
    }
    case Charset::mrz: return all([](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '<'; });
    case Charset::color: return text.starts_with('#') && fits(Charset::hex, text.substr(1));
    }
    return false;
}

std::string_view describe(Charset charset) {
    switch (charset) {
    case Charset::printable: return "printable characters";
    case Charset::identifier: return "letters, digits, '.', '_' and '-'";
    case Charset::slot_name: return "lower-case letters, digits, '.', '_' and '-', a letter or digit first";
    case Charset::hex: return "lower-case hex digits";
    case Charset::media_type: return "one media type in lower case, such as image/jpeg";
    case Charset::mrz: return "upper-case letters, digits and '<'";
    case Charset::color: return "# and six lower-case hex digits";
    }
    return "";
}

namespace detail {

bool read_text(const value& from, std::string& to, std::size_t min, std::size_t max, Charset charset,
               Problem& problem) {
    const auto* text = from.if_string();
    if (!text)
        return problem.set(Code::bad_request, "must be a string");
    // Counted in characters, as JSON Schema counts: continuation bytes of UTF-8 do not add to the length.
    const auto length = static_cast<std::size_t>(
        std::ranges::count_if(*text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
    if (length < min || length > max)
        return problem.set(Code::out_of_range, "must have " + std::to_string(min) +
                                                   (min == max ? "" : " to " + std::to_string(max)) + " characters");
    if (!fits(charset, *text))
        return problem.set(Code::out_of_range, "must consist of " + std::string(describe(charset)));
    to.assign(text->data(), text->size());
    return true;
}

bool read_integer(const value& from, std::int64_t& to, std::int64_t min, std::int64_t max, Problem& problem) {
    if (from.is_double())
        return problem.set(Code::bad_request, "must be an integer, written without fraction or exponent");
    if (from.is_uint64())
        return problem.set(Code::out_of_range, "must be at most " + std::to_string(max));
    const auto* number = from.if_int64();
    if (!number)
        return problem.set(Code::bad_request, "must be an integer");
    if (*number < min || *number > max)
        return problem.set(Code::out_of_range, "must be " + std::to_string(min) + " to " + std::to_string(max));
    to = *number;
    return true;
}

bool read(const value& from, bool& to, Problem& problem) {
    const auto* flag = from.if_bool();
    if (!flag)
        return problem.set(Code::bad_request, "must be true or false");
    to = *flag;
    return true;
}

bool read(const value& from, RawJson& to, Problem&) {
    to.text = boost::json::serialize(from);
    return true;
}

bool is_vendor_key(std::string_view key) {
    const auto colon = key.find(':');
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (colon == std::string_view::npos || colon == 0 || key.size() > 64 || !letter(key.front()))
        return false;
    const auto space = key.substr(0, colon), name = key.substr(colon + 1);
    return std::ranges::all_of(space, [&](char c) { return letter(c) || digit(c) || c == '-'; }) && !name.empty() &&
           (letter(name.front()) || digit(name.front()) || (name.front() >= 'A' && name.front() <= 'Z')) &&
           fits(Charset::identifier, name);
}

bool read_vendor_value(const value& from, RawJson& to, Problem& problem) {
    if (!from.is_string() && !from.is_number() && !from.is_bool())
        return problem.set(Code::bad_request, "must be a string, a number, true or false");
    std::string text;
    if (from.is_string() && !read_text(from, text, 0, 256, Charset::printable, problem))
        return false;
    to.text = boost::json::serialize(from);
    return true;
}

std::string wire_name(std::string_view member) {
    if (member.ends_with('_')) // C++ keywords carry an underscore: class_, operator_, case_
        member.remove_suffix(1);
    return std::string(member);
}

std::string join(const std::string_view* first, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
        all += i == 0 ? "" : ", ";
        all += first[i];
    }
    return all;
}

} // namespace detail
} // namespace rekam::wire
