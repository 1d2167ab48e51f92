// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/capability_text.h"

#include "core/host/convert.h"
#include "core/host/signature.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstring>

namespace rekam::host {
namespace {

namespace json = boost::json;

json::value* at(json::value* in, std::string_view key) {
    auto* object = in ? in->if_object() : nullptr;
    return object ? object->if_contains(key) : nullptr;
}

/// properties.formats.items.enum
void add_formats(json::value& capabilities) {
    json::value* words = at(at(at(at(&capabilities, "properties"), "formats"), "items"), "enum");
    auto* formats = words ? words->if_array() : nullptr;
    const auto offers = [&](std::string_view format) {
        return std::ranges::any_of(
            *formats, [&](const json::value& one) { return one.is_string() && one.get_string() == format; });
    };
    if (!formats)
        return;
    const bool draws = offers(REKAM_FORMAT_SAMPLES);
    if (draws && !offers(format_svg))
        formats->emplace_back(format_svg);
    for (const std::string_view format : made_of_pixels)
        if ((draws || offers(REKAM_FORMAT_RAW)) && !offers(format))
            formats->emplace_back(format);
}

} // namespace

wire::Expected<wire::RawJson> read_capabilities(const char* text) {
    constexpr wire::JsonLimits limits{.bytes = max_capabilities_bytes, .keys = 4'096, .depth = 16};
    const std::size_t length = ::strnlen(text, max_capabilities_bytes + 1);
    auto value = wire::parse_json({text, length}, limits);
    if (!value)
        return model::make_error(model::Code::broken_promise, "its capabilities: " + value.error().message);
    const json::value* properties = at(&*value, "properties");
    if (!properties || !properties->is_object())
        return model::make_error(model::Code::broken_promise, "its capabilities are no object with \"properties\"");
    add_formats(*value);
    return wire::RawJson{json::serialize(*value)};
}

} // namespace rekam::host
