// SPDX-License-Identifier: Apache-2.0
// The event streams: a record goes out when it differs from what went out last, with the next number of its stream.
#include "core/broker/views.h"

#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"

#include <algorithm>

namespace rekam::broker {
namespace {

const Plugin* plugin_of(const State& s, std::string_view id) {
    const auto found = std::ranges::find_if(s.plugins, [&](const auto& entry) { return entry.second.id() == id; });
    return found == s.plugins.end() ? nullptr : &found->second;
}

/// What follows the kind in a stream's name: "photo" of "slot.photo".
std::string subject_of(const std::string& stream) { return stream.substr(stream.find('.') + 1); }

bool is_there(const State& s, const std::string& stream) {
    if (stream.starts_with("slot."))
        return s.slots.contains(subject_of(stream));
    if (stream.starts_with("device."))
        return s.device_ids.contains(subject_of(stream));
    return stream == "station" || plugin_of(s, subject_of(stream)) != nullptr;
}

/// The present record behind a stream that is there, without what changes by itself.
std::string record_of(const Step& step, const std::string& stream) {
    const State& s = step.s;
    const auto unnumbered = [](auto view) {
        view.seq = 0;
        return wire::encode(view);
    };
    if (stream == "station")
        return wire::encode(station_view(step, false));
    if (stream.starts_with("slot."))
        return unnumbered(slot_view(step, s.slots.at(subject_of(stream)), false));
    if (stream.starts_with("device."))
        return unnumbered(device_view(step, s.devices.at(s.device_ids.at(subject_of(stream))), false));
    return unnumbered(plugin_view(step, *plugin_of(s, subject_of(stream))));
}

/// The record with its number in place of the 0 that it was compared with.
std::string numbered(std::string data, std::int64_t seq) {
    const std::string placeholder = "\"seq\":0";
    const auto at = data.rfind(placeholder);
    if (at != std::string::npos)
        data.replace(at, placeholder.size(), "\"seq\":" + std::to_string(seq));
    return data;
}

/// A gate that is not up has nobody's interest: its clients take their first look when it is.
bool is_heard(const State& s, const std::string& stream) {
    return std::ranges::any_of(s.gate.interests, [&](const auto& prefix) { return stream.starts_with(prefix); });
}

} // namespace

void forget_stream(Step& step, const std::string& name) {
    step.s.unheard.erase(name);
    const auto found = step.s.streams.find(name);
    if (found == step.s.streams.end())
        return;
    step.s.streams_floor = std::max(step.s.streams_floor, found->second.seq);
    step.s.streams.erase(found);
}

std::int64_t seq_of(const Step& step, const std::string& stream) {
    if (step.s.unheard.erase(stream) != 0) { // who only asks must see that it may be another record
        Stream& changed = step.s.streams.try_emplace(stream, Stream{step.s.streams_floor, {}}).first->second;
        ++changed.seq;
        changed.data.clear();
        return changed.seq;
    }
    const auto found = step.s.streams.find(stream);
    return found == step.s.streams.end() ? 0 : found->second.seq;
}

void interests_changed(Step& step, std::vector<std::string> prefixes) {
    step.s.gate.interests = std::move(prefixes);
    for (const auto& name : step.s.unheard)
        if (is_heard(step.s, name))
            step.s.dirty.insert(name);
}

void publish(Step& step) {
    for (const auto& name : step.s.dirty) {
        if (!is_there(step.s, name)) {
            forget_stream(step, name);
            continue;
        }
        if (!is_heard(step.s, name)) { // the cheapest event is the one that is not made
            step.s.unheard.insert(name);
            continue;
        }
        step.s.unheard.erase(name);
        const std::string record = record_of(step, name);
        Stream& stream = step.s.streams.try_emplace(name, Stream{step.s.streams_floor, {}}).first->second;
        if (stream.data == record)
            continue;
        stream.data = record;
        ++stream.seq;
        wire::Prefix prefix;
        prefix.incarnation = static_cast<std::uint64_t>(step.s.gate.epoch);
        step.send(step.s.gate.child, wire::Type::gate_event, numbered(record, stream.seq), prefix,
                  wire::encode(wire::EventHead{name, stream.seq}));
    }
    step.s.dirty.clear();
}

} // namespace rekam::broker
