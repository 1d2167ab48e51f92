// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/wanted.h"

#include <array>

namespace rekam::sane {
namespace {

constexpr int64_t length_um_max = 10'000'000; // 10 m: no scanner is longer, and no sum overflows

constexpr std::array<std::string_view, 5> plain_keys{"source", "mode", "depth", "dpi", "pages_max"};
constexpr std::array<std::string_view, 4> area_keys{"area.x_um", "area.y_um", "area.width_um", "area.height_um"};

bool is_in(std::string_view key, const auto& keys) {
    for (const std::string_view one : keys)
        if (key == one)
            return true;
    return false;
}

std::optional<int> small_integer(const plugin::Request& request, std::string_view key, int min, int max) {
    const auto value = request.integer(key);
    if (!value)
        return std::nullopt;
    if (*value < min || *value > max)
        throw plugin::out_of_range(std::string(key), std::to_string(min) + ".." + std::to_string(max));
    return static_cast<int>(*value);
}

std::optional<std::string> word(const plugin::Request& request, std::string_view key) {
    const auto text = request.text(key);
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

int64_t length_um(const plugin::Request& request, std::string_view key, int64_t min) {
    const auto value = request.integer(key);
    if (!value && min > 0)
        throw plugin::out_of_range(std::string(key), "given with the rest of the area");
    if (value && (*value < min || *value > length_um_max))
        throw plugin::out_of_range(std::string(key), std::to_string(min) + ".." + std::to_string(length_um_max));
    return value.value_or(0);
}

std::optional<Area> area(const plugin::Request& request) {
    bool asked = false;
    for (const std::string_view key : area_keys)
        asked = asked || request.find(key) != nullptr;
    if (!asked)
        return std::nullopt;
    return Area{length_um(request, "area.x_um", 0), length_um(request, "area.y_um", 0),
                length_um(request, "area.width_um", 1), length_um(request, "area.height_um", 1)};
}

VendorKey vendor_key(const rekam_option_t& option) {
    VendorKey key{option.key, std::string(option.key).substr(vendor_prefix.size()), {}};
    switch (option.type) {
    case REKAM_VALUE_FLAG: key.value = option.flag != 0; break;
    case REKAM_VALUE_INTEGER: key.value = option.integer; break;
    case REKAM_VALUE_NUMBER: key.value = option.number; break;
    default: key.value = std::string(option.text);
    }
    return key;
}

} // namespace

Wanted read_request(const plugin::Request& request) {
    Wanted wanted;
    const rekam_request_t& record = request.record();
    for (uint32_t i = 0; i < record.option_count; ++i) {
        const std::string_view key = record.options[i].key;
        if (key.starts_with(vendor_prefix))
            wanted.vendor.push_back(vendor_key(record.options[i]));
        else if (!is_in(key, plain_keys) && !is_in(key, area_keys))
            throw plugin::unsupported(std::string(key));
    }
    wanted.source = word(request, "source");
    wanted.mode = word(request, "mode");
    wanted.depth = small_integer(request, "depth", 1, 16);
    wanted.dpi = small_integer(request, "dpi", 1, 9'600);
    wanted.pages_max = small_integer(request, "pages_max", 1, 999);
    wanted.area = area(request);
    return wanted;
}

Value vendor_value(const VendorKey& asked, const Option& option) {
    std::optional<Value> value;
    if (const bool* flag = std::get_if<bool>(&asked.value); flag && option.type == Type::boolean)
        value = *flag;
    else if (const int64_t* integer = std::get_if<int64_t>(&asked.value);
             integer && (option.type == Type::integer || option.type == Type::fixed))
        value = static_cast<double>(*integer);
    else if (const double* number = std::get_if<double>(&asked.value); number && option.type == Type::fixed)
        value = *number;
    else if (const std::string* text = std::get_if<std::string>(&asked.value); text && option.type == Type::text) {
        value = *text;
        for (const std::string& raw : option.texts)
            if (utf8(raw) == *text)
                value = raw;
    }
    if (!value || !permits(option, *value))
        throw plugin::out_of_range(asked.key, allowed_text(option));
    return *value;
}

} // namespace rekam::sane
