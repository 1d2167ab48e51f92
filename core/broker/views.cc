// SPDX-License-Identifier: Apache-2.0
#include "core/broker/views.h"

#include "core/broker/drain.h"
#include "core/broker/fallbacks.h"
#include "core/broker/holds.h"
#include "core/broker/hotplug.h"
#include "core/broker/refusals.h"
#include "core/broker/self_checks.h"
#include "core/wire/codec.h"

#include <algorithm>
#include <charconv>

namespace rekam::broker {
namespace {

const Device* device_of(const Step& step, const Slot& slot) {
    const auto found = step.s.devices.find(slot.device);
    return found == step.s.devices.end() ? nullptr : &found->second;
}

/// One that was unplugged is not there, whether its host knows that yet or not; one whose own checks fail is down.
model::Operating operating(const Device& device) {
    if (device.running != 0)
        return model::shown(device.state);
    return device.unplugged ? model::Operating::absent
           : device.failing ? model::Operating::down
                            : model::shown(device.state);
}

/// The oldest captures lose their frame ids first when a long visit would not fit one header.
void fit_one_header(wire::Case& record) {
    std::size_t bytes = 0;
    for (auto capture = record.captures.rbegin(); capture != record.captures.rend(); ++capture) {
        bytes += 200 + 24 * (capture->frames.size() + (capture->kept ? capture->kept->size() : 0));
        if (bytes > 40'000)
            capture->frames.clear();
    }
}

} // namespace

wire::Slot slot_view(const Step& step, const Slot& slot, bool with_capabilities) {
    wire::Slot view;
    view.slot = slot.config.name;
    view.desk = slot.config.desk;
    view.function = slot.config.function;
    if (step.s.bindings.contains(slot.config.name))
        view.configured = slot.config.device;
    if (const auto held = step.s.holds.find(slot.config.name); held != step.s.holds.end()) {
        view.admin = model::Administrative::held;
        view.held = held->second;
    }
    view.fence = slot.fence;
    view.caps_rev = slot.caps_rev;
    view.requires_ = slot.config.requires_;
    view.defaults = slot.config.defaults;
    view.seq = seq_of(step, "slot." + slot.config.name);
    if (const Device* device = device_of(step, slot)) {
        view.device = device->id;
        view.state = operating(*device);
        if (device->degraded || device->failing)
            view.reason = complaint(*device);
        if (with_capabilities)
            view.health = device->health;
        const auto found = device->capabilities.find(slot.config.function);
        if (with_capabilities && found != device->capabilities.end())
            view.capabilities = wire::RawJson{found->second.text()};
    } else {
        view.reason = slot.why_unbound;
    }
    if (!slot.config.fallbacks.empty()) {
        view.fallbacks = slot.config.fallbacks;
        view.on_fallback = slot.on_fallback;
    }
    if (slot.on_fallback)
        view.reason = standing_in(step.s, slot);
    if (view.held)
        view.reason = view.held->reason;
    const auto lease = step.s.leases.find(slot.lease);
    if (with_capabilities && lease != step.s.leases.end())
        view.lease = wire::LeaseShown{holder_of(step, lease->second).client, remaining_ms(step, lease->second)};
    return view;
}

std::optional<std::string> port_name(const State& s, const std::optional<std::string>& physical) {
    const auto named = s.config.ports.find(physical.value_or(""));
    return named == s.config.ports.end() ? std::nullopt : std::optional(named->second);
}

wire::Device device_view(const Step& step, const Device& device, bool with_capabilities) {
    wire::Device view;
    view.device = device.id;
    const auto plugin = step.s.plugins.find(device.plugin);
    view.plugin = plugin == step.s.plugins.end() ? "" : plugin->second.id();
    view.make = device.facts.make;
    view.model = device.facts.model;
    view.serial = device.facts.serial;
    view.firmware = device.facts.firmware;
    view.physical = device.facts.physical;
    view.port = port_name(step.s, device.facts.physical);
    view.functions = device.facts.functions;
    view.state = operating(device);
    const auto host = step.s.children.find(device.host);
    view.open = device.opened;
    if (host != step.s.children.end() && host->second.pid != 0)
        view.pid = host->second.pid;
    for (const auto& [name, slot] : step.s.slots)
        if (slot.device == device.no)
            view.slots.push_back(name);
    view.caps_rev = device.caps_rev;
    view.failures = device.crashes.total() + device.refusals.total();
    view.restarts = device.restarts;
    view.error = device.error;
    if (view.error)
        view.error->crash = device.crash;
    view.seq = seq_of(step, "device." + device.id);
    if (with_capabilities) {
        view.health = device.health;
        view.capabilities.emplace();
        for (const auto& [function, capabilities] : device.capabilities)
            (*view.capabilities)[std::string(model::name(function))] = wire::RawJson{capabilities.text()};
    }
    return view;
}

wire::Plugin plugin_view(const Step& step, const Plugin& plugin) {
    wire::Plugin view;
    view.plugin = plugin.id();
    view.path = plugin.config.path;
    view.state = model::shown(plugin.state);
    view.granted = plugin.config.granted;
    view.error = plugin.error;
    if (view.error)
        view.error->crash = plugin.crash;
    view.seq = seq_of(step, "plugin." + view.plugin);
    view.devices = std::ranges::count_if(
        step.s.devices, [&](const auto& entry) { return entry.second.plugin == plugin.no && entry.second.listed; });
    if (plugin.manifest) {
        const auto& manifest = *plugin.manifest;
        view.name = manifest.name;
        view.vendor = manifest.vendor;
        view.version = manifest.version;
        view.abi = std::to_string(manifest.abi_major) + "." + std::to_string(manifest.abi_minor);
        view.functions = manifest.functions;
        view.process = manifest.process;
        view.threading = manifest.threading;
        view.requested = manifest.requested;
    }
    return view;
}

wire::StationResult station_view(const Step& step, bool with_time) {
    const State& s = step.s;
    wire::StationResult view;
    view.station = {s.station_id, s.config.station_name, s.config.zone};
    view.station_epoch = s.station_epoch;
    view.gate_epoch = s.gate.epoch;
    view.store = s.store;
    view.config = s.config_state;
    view.counters = s.counters;
    view.counters.gate_restarts = s.gate.restart_count;
    view.counters.http_closed += s.gate.counters.http_closed;
    view.counters.bad_requests += s.gate.counters.bad_requests;
    view.counters.events_dropped += s.gate.counters.events_dropped;
    const bool troubled = std::ranges::any_of(s.slots, [&](const auto& entry) {
        return entry.second.on_fallback || slot_trouble(step, entry.second).has_value();
    });
    if (s.drain || s.low_power)
        view.drain = s.drain ? s.drain : s.low_power;
    view.side_effects = side_effects_under_way(s);
    view.state = s.stopping != Stopping::no                        ? model::Operating::down
                 : troubled || view.drain || s.store.state != "ok" ? model::Operating::degraded
                                                                   : model::Operating::ready;
    view.hotplug = hotplug_view(s);
    view.counts.slots = std::ssize(s.slots);
    view.counts.devices = std::ssize(s.devices);
    view.counts.plugins = std::ssize(s.plugins);
    if (with_time) { // figures that move with every request would make the event stream as long as the requests
        view.now = step.time();
        view.seq = seq_of(step, "station");
        view.counts.sessions = std::ssize(s.sessions);
        view.counts.leases = std::ssize(s.leases) - std::ssize(s.lease_queue);
        view.counts.jobs = std::ssize(s.jobs);
        view.counts.cases_open = std::ranges::count_if(
            s.cases, [](const auto& entry) { return entry.second.phase != model::CasePhase::closed; });
        view.counts.unread_frames = std::ssize(s.frames);
    }
    return view;
}

wire::Job job_view(const Step& step, const Job& job) {
    wire::Job view = job.record;
    view.state = model::shown(job.phase);
    if (job.phase == model::JobPhase::chip) // `waiting` alone may also mean that it waits for the printer
        view.card_at = model::CardAt::chip;
    if (job.deadline_us != never_us)
        view.remaining_ms = std::max<std::int64_t>(0, (job.deadline_us - step.now.mono_us) / us_per_ms);
    return view;
}

wire::Case case_view(const Case& kept) {
    wire::Case view = kept.record;
    view.state = kept.phase == model::CasePhase::closed ? model::CaseState::closed : model::CaseState::open;
    fit_one_header(view);
    return view;
}

std::optional<model::Error> slot_trouble(const Step& step, const Slot& slot) {
    using model::Code;
    const auto about = [&](model::Error error, const Device* device) {
        error.slot = slot.config.name;
        if (device)
            error.device = device->id;
        return error;
    };
    if (auto held = out_of_service(step.s, {slot.config.name}))
        return held;
    const Device* device = device_of(step, slot);
    if (!device)
        return slot_unbound(slot.config.name, slot.why_unbound);
    if (slot.not_covered)
        return about(with_remedy(model::make_error(
                         Code::not_covered, "the device does not meet the slot's requirements: " + *slot.not_covered)),
                     device);
    if (device->unplugged)
        return about(not_connected(), device);
    if (device->failing)
        return about(failing_error(*device), device);
    switch (device->state) {
    case model::DeviceState::absent: return about(not_connected(), device);
    case model::DeviceState::down: {
        // A device that is being reopened after a crash says why; one that refused to open says what it said.
        auto error = device->error.value_or(with_remedy(model::make_error(Code::device_down, "its process ended")));
        error.message = "the device is down: " + error.message;
        return about(std::move(error), device);
    }
    case model::DeviceState::closed: // wanted, and yet not opened: its plugin has another one open
        return device->error ? std::optional(about(*device->error, device)) : std::nullopt;
    case model::DeviceState::stuck:
        return about(model::make_error(Code::device_stuck, "its process hangs in the kernel; power-cycle the device"),
                     device);
    case model::DeviceState::quarantined:
        return about(device->error.value_or(
                         with_remedy(model::make_error(Code::plugin_quarantined, "the device failed too often"))),
                     device);
    default: return std::nullopt;
    }
}

model::Holder holder_of(const Step& step, const Lease& lease) {
    const auto session = step.s.sessions.find(lease.session);
    if (session == step.s.sessions.end())
        return {"(gone)", std::nullopt};
    return {session->second.client, session->second.operator_};
}

std::int64_t remaining_ms(const Step& step, const Lease& lease) {
    return std::max<std::int64_t>(0, (lease.expires_boot_us - step.now.boot_us) / us_per_ms);
}

std::string job_id(const State& s, JobNo no) {
    return "J-" + std::to_string(s.station_epoch) + "-" + std::to_string(no);
}
std::string frame_id(const State& s, FrameNo no) {
    return "F-" + std::to_string(s.station_epoch) + "-" + std::to_string(no);
}
/// With the epoch, as a program that keeps a lease over a restart must not find another person's under its name.
std::string lease_id(const State& s, LeaseNo no) {
    return "L-" + std::to_string(s.station_epoch) + "-" + std::to_string(no);
}
LeaseNo lease_no(const State& s, std::string_view id) {
    LeaseNo no = 0;
    const std::string start = "L-" + std::to_string(s.station_epoch) + "-";
    if (!id.starts_with(start))
        return 0;
    id.remove_prefix(start.size());
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), no);
    return error == std::errc() && end == id.data() + id.size() ? no : 0;
}

void touch_station(Step& step) { step.s.dirty.insert("station"); }
void touch_slot(Step& step, const std::string& slot) { step.s.dirty.insert("slot." + slot); }
void touch_device(Step& step, DeviceNo no) {
    const auto device = step.s.devices.find(no);
    if (device == step.s.devices.end())
        return;
    step.s.dirty.insert("device." + device->second.id);
    for (const auto& [name, slot] : step.s.slots)
        if (slot.device == no || slot.own == no)
            touch_slot(step, name);
    touch_station(step);
}
void touch_plugin(Step& step, PluginNo no) {
    const auto plugin = step.s.plugins.find(no);
    if (plugin != step.s.plugins.end())
        step.s.dirty.insert("plugin." + plugin->second.id());
}

} // namespace rekam::broker
