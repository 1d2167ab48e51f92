// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/hardware.h"

#include <algorithm>

namespace rekam::sim {
namespace {

using model::Function;

constexpr const char* camera_full =
    R"({"type":"object","properties":{"width_px":{"type":"integer","minimum":1,"maximum":4000},"light":{"type":"string","enum":["off","on","auto"]}}})";
constexpr const char* camera_less =
    R"({"type":"object","properties":{"width_px":{"type":"integer","minimum":1,"maximum":1000}}})";
constexpr const char* plain = R"({"type":"object","properties":{}})";
constexpr const char* printing =
    R"({"type":"object","properties":{"steps":{"type":"array"},"on_fail":{"type":"string"}}})";
constexpr const char* pages =
    R"({"type":"object","properties":{"source":{"type":"string","enum":["flatbed","feeder"]},"pages_max":{"type":"integer","minimum":1,"maximum":99}}})";

broker::SlotConfig slot(std::string name, Function function, std::string device, bool record_first = false) {
    broker::SlotConfig made;
    made.name = std::move(name);
    made.desk = "desk-1";
    made.function = function;
    made.device = std::move(device);
    made.record_first = record_first;
    return made;
}

broker::Config figures() {
    broker::Config config;
    config.station_name = "simulated";
    config.endpoints.requests = "requests";
    config.endpoints.events = "events";
    config.endpoints.data = "data";
    config.supervision.enumerate_every_ms = 15'000; // nothing else notices what is plugged in while no host is open
    config.quotas.session_idle_ms = 25'000;
    config.quotas.session_yield_ms = 8'000;
    config.quotas.frame_ttl_ms = 30'000;
    config.quotas.jobs_per_device = 3;
    config.quotas.lease_waiters = 4;
    config.quotas.jobs_kept = 8;
    config.quotas.cases_open = 2'000; // nobody closes the cases of a program that never came back
    config.quotas.captures_per_case = 10;
    config.quotas.frames_per_job = 5;
    config.supervision.self_check_every_ms = 6'000;
    config.supervision.fallback_after_ms = 2'000;
    config.supervision.print_ms_max = 8'000;
    config.supervision.card_ms_max = 3'000;
    config.drain_below_percent = 20;
    config.limits.open_requests = 24; // more than the gate gets descriptors on credit
    config.limits.unread_frame_bytes = 400'000;
    config.limits.attach_bytes = 60'000;
    config.limits.sessions = 40;
    return config;
}

} // namespace

broker::Config make_config(int variant) {
    broker::Config config = figures();
    config.plugins = {{"alpha", "/plugins/alpha.so", {}, {}}, {"beta", "/plugins/beta.so", {}, {}}};
    config.slots = {
        slot("photo", Function::camera, "id.alpha/cam0"),       slot("photo2", Function::camera, "id.alpha/cam0"),
        slot("finger", Function::fingerprint, "id.alpha/fp0"),  slot("scan", Function::document, "id.beta/doc0", true),
        slot("sign", Function::signature, "id.beta/pad0"),      slot("printer", Function::card_printer, "id.alpha/cp0"),
        slot("encoder", Function::card_reader, "id.alpha/cp0"), slot("spare", Function::camera, "id.beta/*")};
    config.slots[0].fallbacks = {"id.alpha/cam2", "id.beta/cam1"};
    config.slots[3].fallbacks = {"id.beta/*"};
    switch (variant) {
    case 1: config.slots.pop_back(); break;
    case 2:
        config.slots[0].device = "id.beta/cam1";
        config.slots[0].fallbacks = {"id.alpha/cam0"};
        break;
    case 3:
        config.slots[3].record_first = false;
        config.slots[2].device = "id.alpha/*";
        break;
    case 4: config.plugins[0].environment["MODE"] = "fast"; break;
    case 5:
        config.plugins.pop_back();
        config.slots[1].record_first = true;
        break;
    default: break;
    }
    return config;
}

broker::Config make_small_config() {
    broker::Config config = figures();
    config.plugins = {{"alpha", "/plugins/alpha.so", {}, {}}};
    config.slots = {slot("photo", Function::camera, "id.alpha/cam0"),
                    slot("finger", Function::fingerprint, "id.alpha/fp0", true)};
    config.supervision.ping_interval_ms = 3'600'000;
    config.supervision.enumerate_every_ms = 0;
    config.supervision.self_check_every_ms = 0;
    config.quotas.frame_ttl_ms = 3'600'000;
    config.quotas.session_idle_ms = 3'600'000;
    return config;
}

Hardware::Hardware(World& world)
    : world_(world), devices_{{"id.alpha", "cam0", {Function::camera}, true, true},
                              {"id.alpha", "fp0", {Function::fingerprint}},
                              {"id.alpha", "cp0", {Function::card_printer, Function::card_reader}},
                              {"id.alpha", "cam2", {Function::camera}}, // behind no slot: the one that replaces
                              {"id.beta", "doc0", {Function::document}},
                              {"id.beta", "cam1", {Function::camera}},
                              {"id.beta", "pad0", {Function::signature}}},
      plugins_{{"id.alpha", "/plugins/alpha.so", false, 0, false, {}},
               {"id.beta", "/plugins/beta.so", true, 0, false, {}}} {}

PhysicalPlugin& Hardware::plugin_at(const std::string& path) {
    return *std::ranges::find(plugins_, path, &PhysicalPlugin::path);
}

std::vector<PhysicalDevice*> Hardware::of(const std::string& path) {
    std::vector<PhysicalDevice*> all;
    for (auto& device : devices_)
        if (device.plugin == plugin_at(path).id)
            all.push_back(&device);
    return all;
}

PhysicalDevice* Hardware::find(const std::string& path, const std::string& device_id) {
    for (auto* device : of(path))
        if (device->id == device_id)
            return device;
    return nullptr;
}

PhysicalDevice& Hardware::at(const std::string& full_id) {
    return *std::ranges::find_if(devices_, [&](const auto& device) { return device.full_id() == full_id; });
}

void Hardware::print_card(PhysicalDevice& device, const std::string& job) {
    // One request, one card, whatever was asked, repeated or lost meanwhile.
    require(++printed_[job] == 1, "no_second_card_for_one_key", job + " printed a second card");
    ++device.cards;
}

std::optional<wire::Evidence> Hardware::evidence(const PhysicalDevice& device) {
    if (std::ranges::find(device.functions, Function::card_printer) == device.functions.end())
        return std::nullopt;
    wire::Evidence evidence;
    evidence.counter = device.cards;
    return evidence;
}

void Hardware::open(PhysicalDevice& device, Owner process) {
    // Two hosts on one device break most vendors' libraries, and a ghost could answer for the living.
    require(device.holder == 0 || device.holder == process, "no_two_hosts_open_the_same_device",
            device.full_id() + " is open in process " + std::to_string(device.holder) + " and opened by " +
                std::to_string(process));
    const auto& plugin = *std::ranges::find(plugins_, device.plugin, &PhysicalPlugin::id);
    for (const auto& other : devices_)
        require(!plugin.shared || other.plugin != device.plugin || other.holder == 0 || other.holder == process,
                "a_shared_plugin_has_one_process", other.full_id() + " is open in another process");
    device.holder = process;
}

void Hardware::close(PhysicalDevice& device, Owner process) {
    if (device.holder == process)
        device.holder = 0;
}

void Hardware::release(Owner process) {
    for (auto& device : devices_)
        if (device.holder == process)
            device.holder = 0;
    end_jobs(process);
    for (auto& plugin : plugins_) {
        if (plugin.enumerator == process)
            plugin.enumerator = 0;
    }
}

void Hardware::begin_job(PhysicalDevice& device, Owner process) {
    require(device.holder == process, "no_job_on_a_device_whose_tree_is_not_gone",
            device.full_id() + " gets a job in a process that has not opened it");
    auto& plugin = *std::ranges::find(plugins_, device.plugin, &PhysicalPlugin::id);
    require(!plugin.single || plugin.enumerator == 0, "no_job_while_a_single_threaded_plugin_lists",
            "a job begins on " + device.full_id() + " while its enumerator runs");
    plugin.working[device.id] = process;
}

void Hardware::end_job(PhysicalDevice& device, Owner process) {
    auto& working = std::ranges::find(plugins_, device.plugin, &PhysicalPlugin::id)->working;
    if (const auto found = working.find(device.id); found != working.end() && found->second == process)
        working.erase(found);
}

void Hardware::end_jobs(Owner process) {
    for (auto& plugin : plugins_)
        std::erase_if(plugin.working, [process](const auto& entry) { return entry.second == process; });
}

void Hardware::begin_listing(const std::string& path, Owner process) {
    auto& plugin = plugin_at(path);
    require(!plugin.single || plugin.working.empty(), "no_listing_while_a_single_threaded_plugin_works",
            "the enumerator of " + plugin.id + " starts while process " +
                std::to_string(plugin.working.empty() ? 0 : plugin.working.begin()->second) + " has a job");
    plugin.enumerator = process;
}

/// Some have a sensor that can be looked through, and most a light.
std::vector<std::string> Hardware::extensions(const PhysicalDevice& device) {
    const Function first = device.functions.front();
    if (first == Function::camera || first == Function::document)
        return {"rekam.capture/1", "rekam.preview/1", "rekam.identify/1"};
    return first == Function::signature ? std::vector<std::string>{"rekam.capture/1"}
                                        : std::vector<std::string>{"rekam.capture/1", "rekam.identify/1"};
}

wire::EnumDevice Hardware::facts(const PhysicalDevice& device) {
    wire::EnumDevice facts;
    facts.id = device.id;
    facts.make = "Maker";
    facts.serial = "S-" + device.id;
    facts.physical = device.port();
    facts.functions = device.functions;
    facts.open_ms_max = 2'000;
    facts.health_ms_max = 1'000;
    return facts;
}

std::map<std::string, wire::RawJson> Hardware::capabilities(const PhysicalDevice& device) {
    std::map<std::string, wire::RawJson> all;
    for (const auto function : device.functions)
        all[std::string(model::name(function))] =
            wire::RawJson{function == Function::camera         ? (device.capabilities == 0 ? camera_full : camera_less)
                          : function == Function::document     ? pages
                          : function == Function::card_printer ? printing
                                                               : plain};
    return all;
}

void Hardware::mend() {
    for (auto& device : devices_) {
        device.plugged = true;
        device.capabilities = 0;
    }
}

} // namespace rekam::sim
