// SPDX-License-Identifier: Apache-2.0
#include "core/broker/hotplug.h"

#include "core/broker/devices.h"
#include "core/broker/jobs.h"
#include "core/broker/plugins.h"
#include "core/broker/refusals.h"
#include "core/broker/self_checks.h"
#include "core/broker/views.h"

#include <algorithm>

namespace rekam::broker {
namespace {

constexpr std::size_t ports_max = 64;
constexpr std::size_t ports_shown = 16;
constexpr std::int64_t settle_rounds = 5; ///< a bus that never comes to rest is looked at all the same

/// The manifest names classes as "usb", "usb:image", "tty".
bool claims(const Plugin& plugin, const std::string& subsystem) {
    if (!plugin.manifest)
        return false;
    const auto classes = plugin.manifest->requested.find("device_classes");
    if (classes == plugin.manifest->requested.end())
        return false;
    const std::string& text = classes->second.text;
    return text.find("\"" + subsystem + "\"") != std::string::npos ||
           text.find("\"" + subsystem + ":") != std::string::npos;
}

bool has_hardware(const Plugin& plugin) {
    if (!plugin.manifest)
        return false;
    const auto classes = plugin.manifest->requested.find("device_classes");
    return classes != plugin.manifest->requested.end() && classes->second.text.find('"') != std::string::npos;
}

bool is_at(const Device& device, const BusChanged& event) {
    if (!event.physical.empty() && device.facts.physical)
        return *device.facts.physical == event.physical;
    return !event.serial.empty() && device.facts.serial == event.serial;
}

const std::string& port_of(const BusChanged& event) { return event.physical.empty() ? event.devpath : event.physical; }

void make_room(State& s) {
    if (s.ports.size() < ports_max)
        return;
    const auto oldest =
        std::ranges::min_element(s.ports, {}, [](const auto& entry) { return entry.second.last.utc_us; });
    s.ports.erase(oldest);
}

void forget_old(PortHistory& port, std::int64_t from_us) {
    while (!port.recent_us.empty() && port.recent_us.front() <= from_us)
        port.recent_us.pop_front();
}

void note_removal(Step& step, const std::string& name) {
    State& s = step.s;
    const auto& figures = s.config.supervision;
    if (!s.ports.contains(name))
        make_room(s);
    PortHistory& port = s.ports[name];
    ++port.removals;
    port.last = step.time();
    port.recent_us.push_back(step.now.mono_us);
    forget_old(port, step.now.mono_us - figures.flap_window_ms * us_per_ms);
    while (std::ssize(port.recent_us) > figures.flap_removals)
        port.recent_us.pop_front();
    const bool flaps = std::ssize(port.recent_us) >= figures.flap_removals;
    if (flaps && !std::exchange(port.flapping, true))
        step.log(Level::warning, "port " + name,
                 "flaps: it lost its device " + std::to_string(port.recent_us.size()) + " times within " +
                     std::to_string(figures.flap_window_ms / 1'000) + " s; replace cable, hub or power supply");
    if (flaps)
        s.timers.arm({Timer::Kind::port_calm, 0}, step.in_ms(figures.flap_window_ms));
    touch_station(step);
}

/// The bus has lost the device. One that works is left to its plugin, which sees it too; a card in it is finished.
void gone(Step& step, Device& device) {
    if (!device.listed)
        return;
    if (device.host != 0) {
        device_unplugged(step, device);
    } else {
        device.listed = false;
        device.unplugged = true;
        step.s.timers.disarm({Timer::Kind::device_retry, device.no});
        advance(step, "device " + device.id, device.state, model::DeviceEvent::unlisted);
    }
    fail_queue(step, device, not_connected());
    touch_device(step, device.no);
}

void list_soon(Step& step, Plugin& plugin) {
    const auto& figures = step.s.config.supervision;
    if (plugin.news_since_us == 0)
        plugin.news_since_us = std::max<std::int64_t>(1, step.now.mono_us);
    const std::int64_t settle_us = figures.hotplug_settle_ms * us_per_ms;
    const std::int64_t due_us =
        std::min(step.now.mono_us + settle_us, plugin.news_since_us + settle_rounds * settle_us);
    step.s.timers.arm({Timer::Kind::bus_settled, plugin.no}, due_us);
}

} // namespace

void hotplug_watch(Step& step, HotplugWatch event) {
    State& s = step.s;
    if (!event.watching)
        step.log(Level::warning, "station", "hot-plug is not watched: " + event.reason);
    s.hotplug = std::move(event);
    for (auto& [no, plugin] : s.plugins) {
        const std::int64_t every_ms = list_every_ms(s, plugin);
        if (every_ms > 0 && plugin.enumerator == 0 && plugin.state == model::PluginState::ready)
            s.timers.arm({Timer::Kind::plugin_retry, no}, step.in_ms(every_ms));
    }
    touch_station(step);
}

void bus_changed(Step& step, const BusChanged& event) {
    State& s = step.s;
    if (event.removed) {
        std::vector<DeviceNo> concerned;
        for (const auto& [no, device] : s.devices)
            if (is_at(device, event))
                concerned.push_back(no);
        if (!event.physical.empty() || !concerned.empty()) // a port, and not one of a port's many interfaces
            note_removal(step, port_of(event));
        for (const auto no : concerned)
            if (const auto device = s.devices.find(no); device != s.devices.end())
                gone(step, device->second);
    }
    for (auto& [no, plugin] : s.plugins)
        if (claims(plugin, event.subsystem))
            list_soon(step, plugin);
}

void bus_settled(Step& step, PluginNo no) {
    if (const auto plugin = step.s.plugins.find(no); plugin != step.s.plugins.end())
        plugin->second.news_since_us = 0;
    enumerate_again(step, no);
}

void ports_calm(Step& step) {
    State& s = step.s;
    const std::int64_t window_us = s.config.supervision.flap_window_ms * us_per_ms;
    std::int64_t next_us = never_us;
    for (auto& [name, port] : s.ports) {
        forget_old(port, step.now.mono_us - window_us);
        if (!port.flapping)
            continue;
        if (port.recent_us.empty()) {
            port.flapping = false;
            step.log(Level::info, "port " + name, "is calm again");
            for (const auto& [no, device] : s.devices)
                if (device.facts.physical == name)
                    arm_self_check(step, device, true);
        } else {
            next_us = std::min(next_us, port.recent_us.back() + window_us);
        }
    }
    if (next_us != never_us)
        s.timers.arm({Timer::Kind::port_calm, 0}, next_us);
    touch_station(step);
}

std::int64_t list_every_ms(const State& s, const Plugin& plugin) {
    const auto& figures = s.config.supervision;
    if (figures.enumerate_every_ms > 0)
        return figures.enumerate_every_ms;
    const bool unwatched = s.hotplug && !s.hotplug->watching;
    return unwatched && has_hardware(plugin) ? figures.hotplug_poll_ms : 0;
}

std::optional<wire::HealthCheck> flapping_check(const State& s, const Device& device) {
    const auto port = s.ports.find(device.facts.physical.value_or(""));
    if (port == s.ports.end() || !port->second.flapping)
        return std::nullopt;
    const auto name = port_name(s, port->first);
    const std::string called = name ? *name + " (" + port->first + ")" : port->first;
    return wire::HealthCheck{"port",
                             model::HealthState::degraded,
                             called + " lost its device " + std::to_string(port->second.removals) +
                                 " times, the last ones shortly after each other",
                             std::string(model::facts(model::Code::flapping).hint),
                             model::Who::technician,
                             {}};
}

std::optional<wire::Hotplug> hotplug_view(const State& s) {
    if (!s.hotplug)
        return std::nullopt;
    wire::Hotplug view;
    const auto& figures = s.config.supervision;
    const std::int64_t poll_ms = figures.enumerate_every_ms > 0 ? figures.enumerate_every_ms : figures.hotplug_poll_ms;
    view.state = s.hotplug->watching ? "udev" : poll_ms > 0 ? "polling" : "off";
    if (!s.hotplug->watching) {
        view.reason = s.hotplug->reason;
        view.poll_ms = poll_ms > 0 ? std::optional(poll_ms) : std::nullopt;
    }
    for (const auto& [name, port] : s.ports)
        if (view.ports.size() < ports_shown)
            view.ports.push_back({name, port_name(s, name), port.removals, port.last, port.flapping});
    return view;
}

} // namespace rekam::broker
