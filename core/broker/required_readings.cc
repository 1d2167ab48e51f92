// SPDX-License-Identifier: Apache-2.0
#include "core/broker/required_readings.h"

namespace rekam::broker {
namespace {

namespace json = boost::json;
using model::Code;

constexpr std::int64_t young_us = 30 * us_per_s; ///< a print head is not the same a minute later

/// name -> {"min", "max"}; the configuration was checked when it was loaded.
json::object required(const Slot& slot) {
    if (!slot.config.requires_)
        return {};
    const auto wanted = wire::parse_json(slot.config.requires_->text);
    const auto* all = wanted ? wanted->if_object() : nullptr;
    const auto* readings = all ? all->if_contains("readings") : nullptr;
    return readings && readings->is_object() ? readings->get_object() : json::object();
}

std::optional<std::int64_t> bound(const json::value& limits, const char* name) {
    const auto* object = limits.if_object();
    const auto* value = object ? object->if_contains(name) : nullptr;
    return value && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

std::string range(const std::optional<std::int64_t>& min, const std::optional<std::int64_t>& max) {
    if (min && max)
        return std::to_string(*min) + " to " + std::to_string(*max);
    return min ? "at least " + std::to_string(*min) : "at most " + std::to_string(max.value_or(0));
}

} // namespace

bool needs_report(const Step& step, const Slot& slot, const Device& device) {
    return !required(slot).empty() && (device.reported_us == 0 || step.now.mono_us - device.reported_us > young_us);
}

std::optional<model::Error> readings_trouble(const Slot& slot, const Device& device) {
    for (const auto& need : required(slot)) {
        const std::string name(need.key());
        const auto min = bound(need.value(), "min"), max = bound(need.value(), "max");
        const auto seen = device.readings.find(name);
        const std::string wanted = "slot " + slot.config.name + " requires " + name + " " + range(min, max);
        if (seen == device.readings.end())
            return model::make_error(Code::not_ready, wanted + ", and the device does not report it; check its health, "
                                                               "or bind a device that reports it");
        const std::int64_t value = seen->second.value;
        if ((!min || value >= *min) && (!max || value <= *max))
            continue;
        const bool above = max && value > *max;
        const std::string found = wanted + ", and it is " + std::to_string(value) + "; nothing was done: ";
        if (name == "temperature")
            return above ? model::make_error(Code::too_hot, found + "let it cool, then try again")
                         : model::make_error(Code::not_ready, found + "wait until it is warm, then try again");
        return model::make_error(Code::not_ready, found + "wait until it is back, or call a technician");
    }
    return std::nullopt;
}

void note_readings(Step& step, Device& device, const std::vector<wire::HealthCheck>& checks) {
    device.reported_us = step.now.mono_us;
    device.readings.clear();
    for (const auto& check : checks)
        if (check.reading)
            device.readings[check.reading->name] = {check.reading->value, step.now.mono_us};
}

} // namespace rekam::broker
