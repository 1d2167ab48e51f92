// SPDX-License-Identifier: Apache-2.0
#include "core/broker/slots.h"

#include "core/broker/devices.h"
#include "core/broker/fallbacks.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/leases.h"
#include "core/broker/plugins.h"
#include "core/broker/previews.h"
#include "core/broker/rights.h"
#include "core/broker/views.h"

#include <algorithm>

namespace rekam::broker {
namespace {

/// '*' stands for any run of characters. Iterative: a hostile pattern costs at most length x length.
bool matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

} // namespace

Choice choose(const State& s, const SlotConfig& config, const std::string& pattern) {
    std::vector<const Device*> candidates;
    for (const auto& [no, device] : s.devices) {
        const bool has_function =
            std::ranges::find(device.facts.functions, config.function) != device.facts.functions.end();
        const auto plugin = s.plugins.find(device.plugin); // one that is leaving would never be gone
        if (has_function && plugin != s.plugins.end() && plugin->second.configured && matches(pattern, device.id))
            candidates.push_back(&device);
    }
    // One that is connected wins over those that are only remembered.
    if (const auto listed = std::ranges::count_if(candidates, &Device::listed); listed > 0)
        std::erase_if(candidates, [](const Device* device) { return !device->listed; });
    if (candidates.size() == 1)
        return {candidates.front()->no, "", false};
    if (candidates.empty())
        return {0, "no device with this function matches " + pattern + "; connect it, or mend slots.toml", false};
    return {0,
            std::to_string(candidates.size()) + " devices match " + pattern + ", " + candidates[0]->id + " and " +
                candidates[1]->id + " among them; name one in slots.toml",
            true};
}

void bind(Step& step, Slot& slot, const Choice& choice) {
    State& s = step.s;
    slot.why_unbound = choice.why_not;
    slot.ambiguous = choice.ambiguous;
    if (choice.device == 0) {
        slot.own = 0;
        slot.on_fallback = false;
    }
    touch_slot(step, slot.config.name);
    if (slot.device == choice.device) { // what it requires may have changed
        if (const auto same = s.devices.find(slot.device);
            same != s.devices.end() && !same->second.capabilities.empty())
            check_coverage(slot, same->second);
        return;
    }
    const DeviceNo from = slot.device;
    slot.device = choice.device;
    slot.not_covered.reset();
    advance(step, "slot " + slot.config.name, slot.state,
            choice.device != 0 ? model::SlotEvent::bind : model::SlotEvent::unbind);
    slot.fence = next_fence(s);
    slot.caps_rev += 1;
    if (const auto device = s.devices.find(slot.device);
        device != s.devices.end() && !device->second.capabilities.empty())
        check_coverage(slot, device->second);
    slot_rebound(step, slot, from);
    end_previews_of_slot(step, slot.config.name, model::EndCause::rebound);
    touch_device(step, slot.device);
    if (const auto old = s.devices.find(from); old != s.devices.end()) {
        touch_device(step, from);
        release_host(step, old->second);
    }
}

namespace {

void change_slots(Step& step, const Config& fresh) {
    State& s = step.s;
    std::vector<std::string> gone;
    for (const auto& [name, slot] : s.slots)
        if (std::ranges::none_of(fresh.slots, [&name = name](const auto& config) { return config.name == name; }))
            gone.push_back(name);
    for (const auto& name : gone) {
        slot_removed(step, name);
        Slot& slot = s.slots.at(name);
        bind(step, slot, {0, "the slot left the configuration", false});
        s.slots.erase(name);
        touch_slot(step, name);
    }
    for (const auto& config : fresh.slots) {
        Slot& slot = s.slots[config.name];
        if (slot.fence != 0 && slot.config.function != config.function)
            bind(step, slot, {0, "its function changed", false});
        if (slot.fence == 0) {
            slot.fence = next_fence(s);
            slot.no = ++s.last_slot;
        }
        slot.config = config;
        touch_slot(step, config.name);
    }
}

void change_plugins(Step& step, const Config& fresh) {
    State& s = step.s;
    std::vector<PluginNo> gone, stay;
    for (const auto& [no, plugin] : s.plugins) {
        const auto same = [&, &held = plugin](const PluginConfig& config) {
            return config.name == held.config.name && config.path == held.config.path &&
                   config.environment == held.config.environment;
        };
        (std::ranges::any_of(fresh.plugins, same) && plugin.configured ? stay : gone).push_back(no);
    }
    for (const auto no : gone)
        if (s.plugins.contains(no)) {
            for (auto& [device_no, device] : s.devices)
                if (device.plugin == no)
                    device.listed = false;
            const auto is_its = [&](DeviceNo device_no) {
                const auto device = s.devices.find(device_no);
                return device != s.devices.end() && device->second.plugin == no;
            };
            for (auto& [name, slot] : s.slots) {
                if (is_its(slot.device))
                    bind(step, slot, {0, "its plugin left the configuration or changed", false});
                if (is_its(slot.own)) // another one stands in; it would keep the plugin, and its successor away
                    slot.own = 0;
            }
            remove_plugin(step, no);
        }
    for (const auto& config : fresh.plugins) {
        const auto held = std::ranges::find_if(s.plugins, [&](const auto& entry) {
            return entry.second.configured && entry.second.config.name == config.name;
        });
        if (held == s.plugins.end())
            continue;
        held->second.config = config;
        if (!held->second.manifest) // its file was unusable: it may be another one now
            enumerate_again(step, held->first);
    }
    add_plugins(step);
}

} // namespace

void bind_slots(Step& step) {
    for (auto& [name, slot] : step.s.slots)
        place(step, slot);
    for (auto& [no, device] : step.s.devices)
        ensure_host(step, device);
}

void check_coverage(Slot& slot, const Device& device) {
    slot.not_covered.reset();
    if (!slot.config.requires_)
        return;
    const auto capabilities = device.capabilities.find(slot.config.function);
    slot.not_covered = capabilities == device.capabilities.end()
                           ? std::optional<std::string>("the device lacks the function")
                           : capabilities->second.covers(slot.config.requires_->text);
}

void config_loaded(Step& step, Config config) {
    State& s = step.s;
    const auto& now = s.config.endpoints;
    const auto& fresh = config.endpoints;
    if (s.config_state.rev > 0 && (now.requests != fresh.requests || now.events != fresh.events ||
                                   now.tcp_requests != fresh.tcp_requests || now.tcp_events != fresh.tcp_events))
        step.log(Level::warning, "configuration", "changed endpoints take effect when the station restarts");
    config.endpoints = s.config_state.rev > 0 ? now : fresh;
    s.config = config;
    ++s.config_state.rev;
    s.config_state.error.reset();
    for (auto& [no, session] : s.sessions)
        session.roles = roles_of(s.config, session.proved);
    change_slots(step, config);
    drop_stale_bindings(step);
    change_plugins(step, config);
    bind_slots(step);
    for (const auto& [no, device] : s.devices) // ports may have other names
        touch_device(step, no);
    touch_station(step);
    journal_config(step);
    step.log(Level::info, "configuration", "revision " + std::to_string(s.config_state.rev) + " is in force");
}

void config_refused(Step& step, const ConfigRefused& event) {
    step.s.config_state.error = event.reason;
    journal_config(step);
    step.log(Level::error, "configuration", "refused, the old one stays: " + event.reason);
    touch_station(step);
}

} // namespace rekam::broker
