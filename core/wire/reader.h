// SPDX-License-Identifier: Apache-2.0
// Reads a JSON value into a described struct. An absent optional stays empty; an unknown field is ignored, or refused
// by name where the struct says `closed`; a wrong type, a missing field or a bound names its path.
// Include only where structs are instantiated (core/wire/params_*.cc, codec_*.cc): twenty structs cost eight seconds of
// compiling.
#pragma once

#include "core/wire/reader_scalars.h"

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <algorithm>
#include <type_traits>

namespace rekam::wire {
namespace detail {

template <std::int64_t Min, std::int64_t Max> bool read(const value& from, Int<Min, Max>& to, Problem& problem) {
    return read_integer(from, to.value, Min, Max, problem);
}
template <std::size_t Min, std::size_t Max, Charset Set>
bool read(const value& from, Text<Min, Max, Set>& to, Problem& problem) {
    return read_text(from, to.value, Min, Max, Set, problem);
}
template <model::Named E> bool read(const value& from, E& to, Problem& problem) {
    const auto* text = from.if_string();
    if (!text)
        return problem.set(Code::bad_request, "must be a string");
    const auto parsed = model::parse<E>(*text);
    constexpr auto& all = model::Names<E>::values;
    if (!parsed)
        return problem.set(Code::out_of_range, "must be one of " + join(all.data(), all.size()));
    to = *parsed;
    return true;
}
template <class Words> bool read(const value& from, Word<Words>& to, Problem& problem) {
    const auto* text = from.if_string();
    if (!text)
        return problem.set(Code::bad_request, "must be a string");
    to.value.assign(text->data(), text->size());
    if (std::ranges::find(Words::values, std::string_view(to.value)) == std::ranges::end(Words::values))
        return problem.set(Code::out_of_range, "must be one of " + join(Words::values.data(), Words::values.size()));
    return true;
}
template <std::int64_t Min, std::int64_t Max> bool read(const value& from, AutoOr<Min, Max>& to, Problem& problem) {
    if (const auto* text = from.if_string())
        return *text == "auto" || problem.set(Code::out_of_range, "must be \"auto\" or a number");
    return read_integer(from, to.value.emplace().value, Min, Max, problem);
}
template <std::int64_t... Choices> bool read(const value& from, OneOf<Choices...>& to, Problem& problem) {
    if (!read_integer(from, to.value, -max_integer, max_integer, problem))
        return false;
    if (std::ranges::find(to.allowed, to.value) != to.allowed.end())
        return true;
    std::string all;
    for (const auto choice : to.allowed)
        all += (all.empty() ? "" : ", ") + std::to_string(choice);
    return problem.set(Code::out_of_range, "must be one of " + all);
}
template <class T> bool read(const value& from, std::optional<T>& to, Problem& problem) {
    return read(from, to.emplace(), problem);
}
template <class T> bool read_items(const value& from, std::vector<T>& to, Problem& problem) {
    const auto* array = from.if_array();
    if (!array)
        return problem.set(Code::bad_request, "must be an array");
    to.resize(array->size());
    for (std::size_t i = 0; i < array->size(); ++i)
        if (!read((*array)[i], to[i], problem))
            return problem.under(i);
    return true;
}
template <class T> bool read(const value& from, std::vector<T>& to, Problem& problem) {
    return read_items(from, to, problem);
}
template <class T> bool read(const value& from, std::map<std::string, T>& to, Problem& problem) {
    const auto* object = from.if_object();
    if (!object)
        return problem.set(Code::bad_request, "must be an object");
    for (const auto& item : *object)
        if (!read(item.value(), to[std::string(item.key())], problem))
            return problem.under(item.key());
    return true;
}
template <class T, std::size_t Min, std::size_t Max, bool Unique>
bool read(const value& from, List<T, Min, Max, Unique>& to, Problem& problem) {
    const auto* array = from.if_array();
    if (array && (array->size() < Min || array->size() > Max))
        return problem.set(Code::out_of_range,
                           "must have " + std::to_string(Min) + " to " + std::to_string(Max) + " items");
    if (Unique && array)
        for (auto item = array->begin(); item != array->end(); ++item)
            if (std::find(array->begin(), item, *item) != item)
                return problem.set(Code::out_of_range, "must not name the same item twice");
    return read_items(from, to.items, problem);
}

template <class T>
concept Described = boost::describe::has_describe_members<T>::value;

template <class T>
concept TakesVendorKeys = requires(T t) {
    { t.vendor } -> std::same_as<VendorKeys&>;
};

template <Described T> constexpr bool is_closed() {
    if constexpr (requires { T::closed; })
        return T::closed;
    else
        return false;
}

template <Described T> bool read(const value& from, T& to, Problem& problem) {
    const auto* object = from.if_object();
    if (!object)
        return problem.set(Code::bad_request, "must be an object");
    std::size_t known = 0;
    bool ok = true;
    using Members = boost::describe::describe_members<T, boost::describe::mod_any_access>;
    boost::mp11::mp_for_each<Members>([&](auto member) {
        if (!ok)
            return;
        auto& field = to.*member.pointer;
        static const std::string name = wire_name(member.name);
        if (const auto* found = object->if_contains(name)) {
            ++known;
            ok = read(*found, field, problem) || problem.under(name);
        } else if (!IsOptional<std::remove_reference_t<decltype(field)>>::value) {
            problem.set(Code::bad_request, "is missing");
            ok = problem.under(name);
        }
    });
    if (!ok || known == object->size() || !is_closed<T>())
        return ok;
    for (const auto& item : *object) {
        bool is_member = false;
        boost::mp11::mp_for_each<Members>([&](auto member) { is_member |= wire_name(member.name) == item.key(); });
        if (is_member)
            continue;
        if constexpr (TakesVendorKeys<T>) {
            if (is_vendor_key(item.key())) {
                if (!read_vendor_value(item.value(), to.vendor[std::string(item.key())], problem))
                    return problem.under(item.key());
                continue;
            }
        }
        problem.set(Code::unsupported_parameter, "is not known here; leave it out or see schema.get");
        return problem.under(item.key());
    }
    return true;
}

} // namespace detail

/// Reads `from` into a T; `root` names the value in messages ("params").
template <class T> Expected<T> read_as(const boost::json::value& from, std::string_view root) {
    detail::Problem problem;
    T to{};
    if (detail::read(from, to, problem))
        return to;
    if (!root.empty())
        problem.under(root);
    return problem.take();
}

} // namespace rekam::wire
