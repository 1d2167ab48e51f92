// SPDX-License-Identifier: Apache-2.0
// Writes a described struct as JSON text, directly. An empty optional is left out, never null.
// Include only where structs are instantiated (core/wire/write_*.cc).
#pragma once

#include "core/wire/reader.h"

#include <charconv>

namespace rekam::wire::detail {

inline void write(std::string& out, const std::string& text) { append_json_string(out, text); }
inline void write(std::string& out, bool flag) { out += flag ? "true" : "false"; }
inline void write(std::string& out, std::int64_t number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}
inline void write(std::string& out, const RawJson& raw) { out += raw.text; }
template <std::int64_t Min, std::int64_t Max> void write(std::string& out, const Int<Min, Max>& number) {
    write(out, number.value);
}
template <std::size_t Min, std::size_t Max, Charset Set> void write(std::string& out, const Text<Min, Max, Set>& text) {
    append_json_string(out, text.value);
}
template <model::Named E> void write(std::string& out, E word) { append_json_string(out, model::name(word)); }
template <class Words> void write(std::string& out, const Word<Words>& word) { append_json_string(out, word.value); }
template <std::int64_t... Choices> void write(std::string& out, const OneOf<Choices...>& number) {
    write(out, number.value);
}
template <std::int64_t Min, std::int64_t Max> void write(std::string& out, const AutoOr<Min, Max>& number) {
    if (number.value)
        write(out, *number.value);
    else
        out += "\"auto\"";
}
template <Described T> void write(std::string& out, const T& from);
template <class T> void write(std::string& out, const std::vector<T>& items) {
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i != 0)
            out += ',';
        write(out, static_cast<const T&>(items[i]));
    }
    out += ']';
}
template <class T, std::size_t Min, std::size_t Max, bool Unique>
void write(std::string& out, const List<T, Min, Max, Unique>& list) {
    write(out, list.items);
}
template <class T> void write(std::string& out, const std::map<std::string, T>& entries) {
    char separator = '{';
    for (const auto& [key, entry] : entries) {
        out += separator;
        append_json_string(out, key);
        out += ':';
        write(out, entry);
        separator = ',';
    }
    out += entries.empty() ? "{}" : "}";
}

template <class T> bool is_present(const T&) { return true; }
template <class T> bool is_present(const std::optional<T>& field) { return field.has_value(); }
template <class T> const T& content(const T& field) { return field; }
template <class T> const T& content(const std::optional<T>& field) { return *field; }

template <Described T> void write(std::string& out, const T& from) {
    out += '{';
    bool first = true;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_any_access>>([&](auto member) {
        const auto& field = from.*member.pointer;
        if (!is_present(field))
            return;
        static const std::string key = ",\"" + wire_name(member.name) + "\":"; // a member's name needs no escapes
        out.append(key, first ? 1 : 0, std::string::npos);
        write(out, content(field));
        first = false;
    });
    out += '}';
}

} // namespace rekam::wire::detail

namespace rekam::wire {

template <class T> std::string write_json(const T& from) {
    std::string out;
    out.reserve(512);
    detail::write(out, from);
    return out;
}

} // namespace rekam::wire
