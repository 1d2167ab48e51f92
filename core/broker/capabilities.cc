// SPDX-License-Identifier: Apache-2.0
#include "core/broker/capabilities.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace rekam::broker {
namespace {

namespace json = boost::json;
using model::Code;
using model::make_error;

/// Parameters that every function has: the core's business, not the device's.
constexpr std::array<std::string_view, 15> common{
    "slot",         "subject", "formats", "attach", "timeout_ms", "min_quality", "best_effort", "exceptions",
    "max_attempts", "front",   "encoder", "cites",  "intent",     "protocol",    "reprint"};

const json::object* object_at(const json::object& in, std::string_view key) {
    const auto* value = in.if_contains(key);
    return value ? value->if_object() : nullptr;
}

std::optional<double> number_at(const json::object& in, std::string_view key) {
    const auto* value = in.if_contains(key);
    if (!value || !value->is_number())
        return std::nullopt;
    return value->to_number<double>();
}

bool is_of_type(const json::value& value, std::string_view type) {
    if (type == "integer")
        return value.is_int64() || value.is_uint64();
    if (type == "number")
        return value.is_number();
    if (type == "string")
        return value.is_string();
    if (type == "boolean")
        return value.is_bool();
    if (type == "object")
        return value.is_object();
    return type != "array" || value.is_array();
}

/// One type, or ["integer", "string"]: a number or the word auto.
bool has_type(const json::value& value, const json::value& type) {
    if (type.is_string())
        return is_of_type(value, type.get_string());
    if (value.is_string())
        return value.get_string() == "auto";
    return value.is_int64() || value.is_uint64();
}

std::string allowed_text(const json::object& rule) {
    json::object shown;
    for (const auto* key : {"type", "enum", "minimum", "maximum", "multipleOf", "items", "properties"})
        if (const auto* value = rule.if_contains(key))
            shown[key] = *value;
    return json::serialize(shown);
}

bool bounds_hold(const json::value& value, const json::object& rule) {
    if (!value.is_number())
        return true;
    const auto number = value.to_number<double>();
    const auto minimum = number_at(rule, "minimum"), maximum = number_at(rule, "maximum"),
               step = number_at(rule, "multipleOf");
    const auto whole = [](double x) { return x == static_cast<double>(static_cast<std::int64_t>(x)); };
    return !(minimum && number < *minimum) && !(maximum && number > *maximum) &&
           !(step && *step > 0 && !whole(number / *step));
}

bool value_fits(const json::value& value, const json::object& rule, int depth = 0) {
    if (depth > 4)
        return true;
    if (const auto* type = rule.if_contains("type"); type && !has_type(value, *type))
        return false;
    if (const auto* words = rule.if_contains("enum"); words && words->is_array()) {
        const auto& all = words->get_array();
        if (std::find(all.begin(), all.end(), value) == all.end())
            return false;
    }
    if (!bounds_hold(value, rule))
        return false;
    if (const auto* items = object_at(rule, "items"); items && value.is_array())
        return std::ranges::all_of(value.get_array(),
                                   [&](const json::value& item) { return value_fits(item, *items, depth + 1); });
    const auto* members = object_at(rule, "properties");
    if (!members || !value.is_object())
        return true;
    return std::ranges::all_of(value.get_object(), [&](const auto& member) {
        const auto* inner = object_at(*members, member.key());
        return !inner || value_fits(member.value(), *inner, depth + 1);
    });
}

std::optional<model::Error> check_value(std::string_view name, const json::value& value, const json::object& rule) {
    if (value_fits(value, rule))
        return std::nullopt;
    const std::string path = "params." + std::string(name);
    return make_error(Code::out_of_range,
                      path + " is " + json::serialize(value) + ", but this device allows " + allowed_text(rule), path);
}

/// Whether a conditional set applies: every key of `when` has that value, given or by default.
bool applies(const json::object& when, const json::object& params, const json::object& properties) {
    return std::ranges::all_of(when, [&](const auto& condition) {
        const json::value* actual = params.if_contains(condition.key());
        if (!actual) {
            const auto* rule = object_at(properties, condition.key());
            actual = rule ? rule->if_contains("default") : nullptr;
        }
        return actual && *actual == condition.value();
    });
}

} // namespace

wire::Expected<Capabilities> Capabilities::read(const std::string& text) {
    auto value = wire::parse_json(text, {.bytes = 48 * 1024, .keys = 4'096, .depth = 16});
    if (!value)
        return make_error(Code::protocol_error, "capabilities: " + value.error().message);
    if (!value->is_object() || !object_at(value->get_object(), "properties"))
        return make_error(Code::protocol_error, "capabilities: need an object with `properties`");
    for (const auto& rule : *object_at(value->get_object(), "properties"))
        if (!rule.value().is_object())
            return make_error(Code::protocol_error,
                              "capabilities: properties." + std::string(rule.key()) + " is no schema");
    Capabilities read;
    read.text_ = text;
    read.schema_ = std::move(value->get_object());
    return read;
}

std::optional<model::Error> Capabilities::check(const json::object& params) const {
    const auto* properties = object_at(schema_, "properties");
    if (!properties)
        return std::nullopt;
    for (const auto& param : params) {
        const auto* rule = object_at(*properties, param.key());
        const std::string path = "params." + std::string(param.key());
        if (!rule && std::ranges::find(common, std::string_view(param.key())) == common.end())
            return make_error(Code::unsupported_parameter, path + " is not offered by this device; see slot.get", path);
        if (!rule)
            continue;
        if (auto error = check_value(param.key(), param.value(), *rule))
            return error;
    }
    const auto* conditions = schema_.if_contains("when");
    if (!conditions || !conditions->is_array())
        return std::nullopt;
    for (const auto& condition : conditions->get_array()) {
        const auto* set = condition.if_object();
        const auto* when = set ? object_at(*set, "if") : nullptr;
        const auto* then = set ? object_at(*set, "then") : nullptr;
        if (!when || !then || !applies(*when, params, *properties))
            continue;
        for (const auto& rule : *then)
            if (const auto* value = params.if_contains(rule.key()); value && rule.value().is_object())
                if (auto error = check_value(rule.key(), *value, rule.value().get_object())) {
                    error->message += " when " + json::serialize(*when);
                    return error;
                }
    }
    return std::nullopt;
}

std::optional<std::string> Capabilities::covers(const std::string& requires_text) const {
    const auto missing = lacks(requires_text);
    return missing.empty() ? std::nullopt : std::optional(missing.front());
}

std::vector<std::string> Capabilities::lacks(const std::string& requires_text) const {
    const auto wanted = wire::parse_json(requires_text);
    const auto* properties = object_at(schema_, "properties");
    if (!wanted || !wanted->is_object())
        return {"its requirements are not a JSON object"};
    const auto* asked = object_at(wanted->get_object(), "properties");
    if (!asked)
        asked = &wanted->get_object();
    std::vector<std::string> missing;
    for (const auto& need : *asked) {
        const std::string name(need.key());
        if (name == "readings") // of its health, looked at before each job: core/broker/required_readings.h
            continue;
        const auto* rule = properties ? object_at(*properties, name) : nullptr;
        const auto* want = need.value().if_object();
        if (!rule) {
            missing.push_back("the device has no " + name);
            continue;
        }
        if (!want)
            continue;
        if (const auto* words = want->if_contains("enum"); words && words->is_array())
            for (const auto& word : words->get_array())
                if (!value_fits(word, *rule))
                    missing.push_back("the device does not do " + name + " " + json::serialize(word));
        for (const auto* bound : {"minimum", "maximum"})
            if (const auto* value = want->if_contains(bound); value && !value_fits(*value, *rule))
                missing.push_back("the device does not reach " + name + " " + json::serialize(*value));
    }
    return missing;
}

} // namespace rekam::broker
