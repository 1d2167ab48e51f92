// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/request.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace rekam::host {
namespace {

namespace json = boost::json;

// What the station itself acts on; everything else is a parameter of the function.
constexpr std::array<std::string_view, 13> of_the_station{
    "slot",    "subject", "attach", "max_attempts", "encoder",      "front",   "back",
    "overlay", "cites",   "steps",  "on_fail",      "edge_to_edge", "protocol"};

std::uint32_t bit_of(model::Function function) { return 1u << static_cast<unsigned>(function); }

std::uint32_t unsigned_of(const json::value& value) {
    const auto* number = value.if_int64();
    return number && *number > 0 && *number <= UINT32_MAX ? static_cast<std::uint32_t>(*number) : 0;
}

} // namespace

Request::Request() {
    record_.accepted_mono_us = 0;
    point();
}

Request::Request(const wire::HostRun& run) {
    record_.function = bit_of(run.function);
    record_.accepted_mono_us = static_cast<std::uint64_t>(run.accepted_mono_us);
    record_.subject = keep(run.subject);
    for (const std::string& part : run.parts)
        parts_.push_back(keep(part));
    const auto params = wire::parse_json(run.params.text);
    if (!params)
        error_ = params.error();
    else if (!params->is_object())
        error_ = model::make_error(model::Code::bad_request, "params must be an object", "params");
    else
        read_params(params->get_object());
    point();
}

const char* Request::keep(std::string_view text) { return texts_.emplace_back(text).c_str(); }

void Request::read_params(const json::object& params) {
    for (const auto& param : params) {
        const std::string_view key = param.key();
        const json::value& value = param.value();
        if (std::ranges::find(of_the_station, key) != of_the_station.end())
            continue;
        if (key == "formats")
            read_formats(value);
        else if (key == "exceptions")
            read_exceptions(value);
        else if (key == "timeout_ms")
            record_.timeout_ms = unsigned_of(value);
        else if (key == "min_quality")
            record_.min_quality = unsigned_of(value);
        else if (key == "best_effort")
            record_.best_effort = value.is_bool() && value.get_bool() ? 1 : 0;
        else
            add_option(std::string(key), value);
    }
}

void Request::read_formats(const json::value& value) {
    if (const auto* formats = value.if_array())
        for (const auto& format : *formats)
            if (const auto* text = format.if_string())
                formats_.push_back(keep(*text));
}

void Request::read_exceptions(const json::value& value) {
    const auto* exceptions = value.if_array();
    for (std::size_t i = 0; exceptions && i < exceptions->size(); ++i) {
        const auto* one = (*exceptions)[i].if_object();
        const auto* subject = one ? one->if_contains("subject") : nullptr;
        const auto* reason = one ? one->if_contains("reason") : nullptr;
        if (subject && reason && subject->is_string() && reason->is_string())
            exceptions_.push_back({keep(subject->get_string()), keep(reason->get_string())});
    }
}

// Objects and arrays are flattened with dots: area.x_um, buttons.0.
void Request::add_option(const std::string& key, const json::value& value) {
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object)
            add_option(key + "." + std::string(member.key()), member.value());
        return;
    }
    if (const auto* array = value.if_array()) {
        for (std::size_t i = 0; i < array->size(); ++i)
            add_option(key + "." + std::to_string(i), (*array)[i]);
        return;
    }
    rekam_option_t option{};
    option.key = keep(key);
    if (const auto* text = value.if_string()) {
        option.type = REKAM_VALUE_TEXT;
        option.text = keep(*text);
    } else {
        option.text = keep(json::serialize(value));
        if (const auto* flag = value.if_bool()) {
            option.type = REKAM_VALUE_FLAG;
            option.flag = *flag ? 1 : 0;
        } else if (const auto* integer = value.if_int64()) {
            option.type = REKAM_VALUE_INTEGER;
            option.integer = *integer;
            option.number = static_cast<double>(*integer);
        } else if (const auto* number = value.if_double()) {
            option.type = REKAM_VALUE_NUMBER;
            option.number = *number;
        } else {
            return; // null, or a number beyond 2^63: no schema of ours lets it through
        }
    }
    options_.push_back(option);
}

void Request::point() {
    record_.size = sizeof record_;
    if (!record_.subject)
        record_.subject = "";
    record_.formats = formats_.data();
    record_.format_count = static_cast<std::uint32_t>(formats_.size());
    record_.options = options_.data();
    record_.option_count = static_cast<std::uint32_t>(options_.size());
    record_.exceptions = exceptions_.data();
    record_.exception_count = static_cast<std::uint32_t>(exceptions_.size());
    record_.parts = parts_.data();
    record_.part_count = static_cast<std::uint32_t>(parts_.size());
}

} // namespace rekam::host
