// SPDX-License-Identifier: Apache-2.0
// The event streams: a record goes out when it differs from what went out last, with the next number of its stream.
#include "core/broker/views.h"

#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"

#include <algorithm>

namespace rekam::broker {
namespace {

/// The present record behind a stream, without what changes by itself; empty when it is gone.
std::optional<std::string> record_of(const Step& step, const std::string& stream) {
    const auto rest = [&](std::string_view prefix) { return stream.substr(prefix.size()); };
    if (stream == "station")
        return wire::encode(station_view(step, false));
    if (stream.starts_with("slot.")) {
        const auto slot = step.s.slots.find(rest("slot."));
        if (slot == step.s.slots.end())
            return std::nullopt;
        auto view = slot_view(step, slot->second, false);
        view.seq = 0;
        return wire::encode(view);
    }
    if (stream.starts_with("device.")) {
        const auto no = step.s.device_ids.find(rest("device."));
        if (no == step.s.device_ids.end())
            return std::nullopt;
        auto view = device_view(step, step.s.devices.at(no->second), false);
        view.seq = 0;
        return wire::encode(view);
    }
    for (const auto& [no, plugin] : step.s.plugins)
        if (plugin.id() == rest("plugin.")) {
            auto view = plugin_view(step, plugin);
            view.seq = 0;
            return wire::encode(view);
        }
    return std::nullopt;
}

/// The record with its number in place of the 0 that it was compared with.
std::string numbered(std::string data, std::int64_t seq) {
    const std::string placeholder = "\"seq\":0";
    const auto at = data.rfind(placeholder);
    if (at != std::string::npos)
        data.replace(at, placeholder.size(), "\"seq\":" + std::to_string(seq));
    return data;
}

} // namespace

void forget_stream(Step& step, const std::string& name) {
    const auto found = step.s.streams.find(name);
    if (found == step.s.streams.end())
        return;
    step.s.streams_floor = std::max(step.s.streams_floor, found->second.seq);
    step.s.streams.erase(found);
}

void publish(Step& step) {
    for (const auto& name : step.s.dirty) {
        const auto record = record_of(step, name);
        if (!record) {
            forget_stream(step, name);
            continue;
        }
        Stream& stream = step.s.streams.try_emplace(name, Stream{step.s.streams_floor, {}}).first->second;
        if (stream.data == *record)
            continue;
        stream.data = *record;
        ++stream.seq;
        const auto gate = step.s.children.find(step.s.gate.child);
        if (gate == step.s.children.end() || gate->second.state != model::ChildState::up)
            continue; // it is not configured yet; its clients take their first look when it is
        wire::Prefix prefix;
        prefix.incarnation = static_cast<std::uint64_t>(step.s.gate.epoch);
        step.send(step.s.gate.child, wire::Type::gate_event, numbered(*record, stream.seq), prefix,
                  wire::encode(wire::EventHead{name, stream.seq}));
    }
    step.s.dirty.clear();
}

} // namespace rekam::broker
