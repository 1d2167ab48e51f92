// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/broker/answers.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace rekam::broker {
namespace {

const boost::json::value* find(const boost::json::object& body, std::string_view path) {
    const boost::json::object* object = &body;
    const boost::json::value* value = nullptr;
    while (!path.empty()) {
        const auto dot = path.find('.');
        const auto name = path.substr(0, dot);
        path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
        if (object)
            value = object->if_contains(name);
        else if (const auto* array = value ? value->if_array() : nullptr)
            value = array->if_contains(std::stoul(std::string(name)));
        else
            return nullptr;
        if (!value)
            return nullptr;
        object = value->if_object();
    }
    return value;
}

} // namespace

std::string Answer::operator[](std::string_view path) const {
    const auto* value = find(body, path);
    if (!value)
        return "-";
    return value->is_string() ? std::string(value->get_string()) : boost::json::serialize(*value);
}

std::size_t Answer::size(std::string_view path) const {
    const auto* value = find(body, path);
    const auto* array = value ? value->if_array() : nullptr;
    return array ? array->size() : 0;
}

std::string Answer::text() const { return boost::json::serialize(body); }

boost::json::object parse_object(std::string_view text) { return boost::json::parse(text).as_object(); }

} // namespace rekam::broker
