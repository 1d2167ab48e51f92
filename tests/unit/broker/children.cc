// SPDX-License-Identifier: Apache-2.0
// How the made-up enumerators and hosts behave, and what tests make of the configuration.
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"
#include "tests/unit/broker/harness.h"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace rekam::broker {

using wire::Type;

namespace {

wire::EnumDevice facts_of(const FakeDevice& device) {
    wire::EnumDevice facts;
    facts.id = device.id;
    facts.make = device.make;
    facts.physical = device.physical;
    facts.functions = {device.function};
    if (device.second)
        facts.functions.push_back(*device.second);
    return facts;
}

} // namespace

void World::enumerator_hears(ChildId id, const wire::Message& message) {
    if (message.prefix.type == Type::host_stop && !child(id).mute)
        follow_death(id, 0, 0);
    if (message.prefix.type != Type::enum_start)
        return;
    const auto start = wire::decode<wire::EnumStart>(message.json);
    ASSERT_TRUE(start.has_value() && plugins.contains(start->path)) << message.json;
    const FakePlugin& plugin = plugins.at(start->path);
    if (plugin.silent)
        return;
    if (plugin.crashes)
        return follow_death(id, 0, 11);
    if (plugin.refuses) {
        follow(id, Type::host_failed, wire::encode(*plugin.refuses));
        return follow_death(id, 1, 0);
    }
    const auto told = start->mocks.value_or(std::vector<wire::HostMock>{});
    for (const auto& order : told) {
        wire::Prefix about;
        about.job = static_cast<std::uint64_t>(order.call);
        follow(id, Type::host_mock_done,
               wire::encode(wire::HostMockDone{std::nullopt, wire::MockState{!order.set, order.faults, {}}}), about);
    }
    list_devices(id, plugin);
    follow_death(id, 0, 0);
}

void World::list_devices(ChildId id, const FakePlugin& plugin) {
    wire::ManifestRecord manifest;
    manifest.id = plugin.id;
    manifest.name = "Fake";
    manifest.vendor = "Rekam";
    manifest.version = "1";
    manifest.abi_major = 1;
    manifest.process = plugin.process;
    manifest.threading = plugin.threading;
    manifest.requested["environment"] = {R"(["GRANTED"])"};
    manifest.requested["mock"] = {plugin.mock ? "true" : "false"};
    manifest.requested["device_classes"] = {plugin.device_classes};
    for (const auto& device : plugin.devices)
        if (std::ranges::find(manifest.functions, device.function) == manifest.functions.end())
            manifest.functions.push_back(device.function);
    for (const auto& device : plugin.devices)
        if (device.second)
            manifest.functions.push_back(*device.second);
    follow(id, Type::enum_manifest, wire::encode(manifest));
    for (const auto& device : plugin.devices)
        if (device.plugged)
            follow(id, Type::enum_device, wire::encode(facts_of(device)));
    follow(id, Type::enum_done, "");
}

void World::host_hears(ChildId id, const wire::Message& message) {
    const auto type = message.prefix.type;
    if (type == Type::host_ping && !child(id).mute)
        follow(id, Type::host_pong, "");
    wire::Prefix about;
    about.request = message.prefix.request;
    if (type == Type::host_stop && !child(id).mute && about.request == 0)
        follow_death(id, 0, 0);
    if (type == Type::host_stop && !child(id).mute && about.request != 0)
        follow(id, Type::host_closed, "", about);
    if (type != Type::host_start)
        return;
    const auto start = wire::decode<wire::HostStart>(message.json);
    ASSERT_TRUE(start.has_value());
    auto& devices = plugins.at(start->path).devices;
    const auto device = std::ranges::find(devices, start->device, &FakeDevice::id);
    ASSERT_NE(device, devices.end()) << start->device;
    if (device->silent)
        return;
    if (device->refuses) {
        follow(id, Type::host_failed, wire::encode(*device->refuses), about);
        if (!start->shared)
            follow_death(id, 1, 0);
        return;
    }
    wire::HostReady ready;
    ready.device = facts_of(*device);
    ready.health_beside_job = device->health_beside_job;
    ready.capabilities[std::string(model::name(device->function))] = {device->capabilities};
    if (device->second)
        ready.capabilities[std::string(model::name(*device->second))] = {R"({"type":"object","properties":{}})"};
    ready.evidence = device->evidence;
    ready.encoder = device->encoder;
    if (device->shows_preview)
        ready.extensions = {"rekam.capture/1", "rekam.preview/1"};
    if (device->shows_itself)
        ready.extensions.emplace_back("rekam.identify/1");
    follow(id, Type::host_ready, wire::encode(ready), about);
}

World::Running World::running(const std::string& device) {
    const auto& heard = host(device).heard;
    const auto run = std::ranges::find_if(heard.rbegin(), heard.rend(), [&](const wire::Message& message) {
        return message.prefix.type == Type::host_run && message.prefix.request == number(device);
    });
    if (run == heard.rend()) {
        ADD_FAILURE() << device << " was given no job";
        return {};
    }
    return {run->prefix, parse_object(run->json)};
}

std::size_t World::told(const std::string& device, Type type) {
    return static_cast<std::size_t>(std::ranges::count_if(host(device).heard, [&](const wire::Message& message) {
        return message.prefix.type == type && message.prefix.request == number(device);
    }));
}

wire::Prefix World::previewing(const std::string& device) {
    const auto& heard = host(device).heard;
    const auto asked = std::ranges::find_if(heard.rbegin(), heard.rend(), [&](const wire::Message& message) {
        return message.prefix.type == Type::host_preview && message.prefix.request == number(device);
    });
    if (asked == heard.rend()) {
        ADD_FAILURE() << device << " was asked for no preview";
        return {};
    }
    return asked->prefix;
}

wire::Descriptor World::show(const std::string& device, const std::string& more) {
    boost::json::object record{{"format", "image/jpeg"},
                               {"width_px", 320},
                               {"height_px", 240},
                               {"bytes", 700},
                               {"exposure_mono_us", now.mono_us},
                               {"guide", boost::json::array()}};
    for (const auto& [key, value] : parse_object(more))
        record[key] = value;
    const auto descriptor = ++last_descriptor_;
    say(host_id(device), Type::host_view, boost::json::serialize(record), previewing(device), {descriptor}, {700});
    return descriptor;
}

wire::Descriptor World::frame(const std::string& device, const std::string& more) {
    const auto job = running(device);
    boost::json::object record{{"index", 0},
                               {"subject", ""},
                               {"format", "image/png"},
                               {"width_px", 10},
                               {"height_px", 10},
                               {"bits", 8},
                               {"channels", 1},
                               {"dpi_x", 0},
                               {"dpi_y", 0},
                               {"orientation", 1},
                               {"bytes", 1'000},
                               {"hash", "sha256:00"},
                               {"exposure", {{"mono_us", now.mono_us}, {"basis", "driver"}}},
                               {"quality", boost::json::array()},
                               {"fingers", boost::json::array()}};
    for (const auto& [key, value] : parse_object(more))
        record[key] = value;
    const auto descriptor = ++last_descriptor_;
    wire::Prefix prefix;
    prefix.request = job.prefix.request;
    prefix.job = job.prefix.job;
    prefix.fence = job.prefix.fence;
    say(host_id(device), Type::host_frame, boost::json::serialize(record), prefix, {descriptor},
        {record["bytes"].as_int64()});
    return descriptor;
}

void World::final(const std::string& device, std::int64_t frames, const std::string& more) {
    wire::Prefix prefix;
    prefix.request = number(device);
    prefix.job = running(device).prefix.job;
    prefix.fence = running(device).prefix.fence;
    boost::json::object record = parse_object(more);
    record["frames"] = frames;
    say(host_id(device), Type::host_final, boost::json::serialize(record), prefix);
}

void World::fail(const std::string& device, const std::string& code, const std::string& message) {
    wire::Prefix prefix;
    prefix.request = number(device);
    prefix.job = running(device).prefix.job;
    prefix.fence = running(device).prefix.fence;
    const boost::json::object failure{{"code", code}, {"message", message}};
    say(host_id(device), Type::host_final,
        boost::json::serialize(boost::json::object{{"failure", failure}, {"frames", 0}}), prefix);
}

ChildId World::last_of(ChildKind kind, const std::string& name) const {
    ChildId last = 0;
    for (const auto& [id, child] : children_)
        if (child.spawn.kind == kind && child.spawn.name == name)
            last = id;
    return last;
}

ChildId World::host_id(const std::string& device) const {
    const ChildId own = last_of(ChildKind::host, "host " + device);
    return own != 0 ? own : last_of(ChildKind::host, "host " + device.substr(0, device.find('/')));
}

std::size_t World::spawned(ChildKind kind) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(children_, [&](const auto& entry) { return entry.second.spawn.kind == kind; }));
}

std::size_t World::spawned(const std::string& name) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(children_, [&](const auto& entry) { return entry.second.spawn.name == name; }));
}

bool World::is_alive(const std::string& name) const {
    return std::ranges::any_of(
        children_, [&](const auto& entry) { return entry.second.spawn.name == name && entry.second.alive; });
}

Config make_config(std::vector<SlotConfig> slots, std::vector<std::string> names) {
    Config config;
    config.supervision.store_gather_ms = 0; // what a step writes is on the disk after it
    config.endpoints = {"/run/rekam/requests", "/run/rekam/events", {}, {}, {}};
    config.endpoints.data = "/run/rekam/data";
    config.supervision.self_check_every_ms = 0; // tests of other things count what a host hears
    config.slots = std::move(slots);
    for (const auto& name : names) {
        PluginConfig plugin;
        plugin.name = name;
        plugin.path = "/plugins/" + name + ".so";
        plugin.environment = {{"GRANTED", "1"}, {"OTHER", "2"}};
        config.plugins.push_back(std::move(plugin));
    }
    return config;
}

SlotConfig make_slot(std::string name, std::string device, model::Function function) {
    SlotConfig slot;
    slot.name = std::move(name);
    slot.device = std::move(device);
    slot.function = function;
    return slot;
}

std::map<std::string, FakePlugin> two_cameras() {
    FakePlugin plugin;
    plugin.id = "org.cam";
    plugin.devices.resize(2);
    plugin.devices[0].id = "1";
    plugin.devices[1].id = "2";
    return {{"/plugins/cam.so", plugin}};
}

} // namespace rekam::broker
