// SPDX-License-Identifier: Apache-2.0
#include "core/broker/slot_defaults.h"

namespace rekam::broker {
namespace {

boost::json::object defaults_of(const SlotConfig& slot) {
    const auto read = slot.defaults ? wire::parse_json(slot.defaults->text) : wire::Expected<boost::json::value>{};
    return read && read->is_object() ? read->get_object() : boost::json::object();
}

} // namespace

boost::json::object with_defaults(const SlotConfig& slot, const Capabilities& device, boost::json::object params) {
    for (const auto& one : defaults_of(slot)) {
        if (params.contains(one.key()))
            continue;
        params[one.key()] = one.value();
        if (device.check(params))
            params.erase(one.key());
    }
    return params;
}

std::vector<std::string> dropped_defaults(const SlotConfig& slot, const Capabilities& device) {
    std::vector<std::string> dropped;
    for (const auto& one : defaults_of(slot))
        if (device.check({{one.key(), one.value()}}))
            dropped.emplace_back(one.key());
    return dropped;
}

} // namespace rekam::broker
