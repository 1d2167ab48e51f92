// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/readiness.h"

#include "core/ctl/commands.h"
#include "core/ctl/table.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace rekam::ctl {
namespace {

namespace json = boost::json;

constexpr std::size_t checks_at_once = 4;

bool flag_in(const json::object& record, std::string_view name) {
    const auto* value = record.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::string text_in(const json::object& record, std::string_view name) {
    const auto* value = record.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

json::object object_in(const json::object& record, std::string_view name) {
    const auto* value = record.if_contains(name);
    return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

std::optional<std::int64_t> number_in(const json::object& record, std::string_view name) {
    const auto* value = record.if_contains(name);
    return value != nullptr && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

struct Checked {
    HealthRecord health;
    std::optional<ErrorBody> unchecked;
};

/// Where a device has no such level, its own check is better than none.
Checked check(Station& station, const std::string& device, const std::string& level) {
    for (const auto& asked : {level, std::string("self")}) {
        try {
            return {station.health_of_device(device, asked), {}};
        } catch (const Error& error) {
            if (error.code() != "unsupported-parameter" || asked == "self")
                return {{}, error.body()};
        }
    }
    return {};
}

/// Every device once, side by side: a printer that takes its time does not hold up the cameras.
std::map<std::string, Checked> check_all(Context& context, const std::vector<std::string>& devices,
                                         const std::string& level) {
    std::map<std::string, Checked> checked;
    std::mutex mutex;
    std::atomic<std::size_t> next{0};
    Station& station = context.station();
    const auto work = [&] {
        for (std::size_t i = next++; i < devices.size(); i = next++) {
            Checked one = check(station, devices[i], level);
            const std::lock_guard lock(mutex);
            checked.emplace(devices[i], std::move(one));
            context.progress(std::to_string(checked.size()) + "/" + std::to_string(devices.size()) + "  " + devices[i]);
        }
    };
    {
        std::vector<std::jthread> workers;
        for (std::size_t i = 0; i < std::min(checks_at_once, devices.size()); ++i)
            workers.emplace_back(work);
    }
    context.end_progress();
    return checked;
}

std::vector<Consumable> consumables_in(const HealthRecord& health) {
    std::vector<Consumable> found;
    if (health.json.empty())
        return found;
    const auto whole = json::parse(health.json).as_object();
    if (const auto* list = whole.if_contains("consumables"); list != nullptr && list->is_array())
        for (const auto& item : list->get_array())
            if (item.is_object()) {
                const auto& one = item.get_object();
                found.push_back({text_in(one, "name"), text_in(one, "unit"), number_in(one, "left"),
                                 number_in(one, "of"), number_in(one, "low_at")});
            }
    return found;
}

Verdict verdict_of(const SlotReport& report) {
    const auto& state = report.slot.state;
    const bool works = state == "ready" || state == "busy" || state == "degraded";
    if (report.slot.admin == "held" || report.slot.device.empty() || !works)
        return Verdict::not_ready;
    if (report.unchecked) // in use by somebody: it works, and was not looked at
        return report.unchecked->code == "busy" || report.unchecked->code == "lease-held" ? Verdict::warnings
                                                                                          : Verdict::not_ready;
    if (report.health.state == "failed")
        return Verdict::not_ready;
    return report.health.state != "ok" || state == "degraded" || report.on_fallback ? Verdict::warnings
                                                                                    : Verdict::ready;
}

SlotReport report_of(const SlotRecord& slot, const std::map<std::string, Checked>& checked,
                     const std::map<std::string, DeviceRecord>& devices) {
    SlotReport report;
    report.slot = slot;
    if (const auto device = devices.find(slot.device); device != devices.end()) {
        report.make = device->second.make;
        report.model = device->second.model;
        report.serial = device->second.serial;
        report.port = device->second.port;
        report.firmware = text_in(json::parse(device->second.json).as_object(), "firmware");
    }
    if (const auto found = checked.find(slot.device); found != checked.end()) {
        report.health = found->second.health;
        report.unchecked = found->second.unchecked;
        report.consumables = consumables_in(report.health);
    }
    report.on_fallback = flag_in(json::parse(slot.json).as_object(), "on_fallback");
    report.verdict = verdict_of(report);
    return report;
}

Remark store_remark(const json::object& station) {
    const auto store = object_in(station, "store");
    const std::string state = text_in(store, "state");
    if (state == "ok")
        return {"store", "ok", "", "", Verdict::ready};
    return {"store", text_in(store, "reason"), state == "failed" ? "journal-failed" : "disk-full", "",
            Verdict::not_ready};
}

Remark clock_remark(const json::object& station) {
    const bool right = flag_in(object_in(station, "now"), "synced");
    return {"clock", right ? "synchronised" : "not synchronised", "", "", right ? Verdict::ready : Verdict::warnings};
}

/// Who tells of devices that come and go, and ports that lose theirs too often.
void add_bus(Readiness& report, const json::object& station) {
    const auto hotplug = object_in(station, "hotplug");
    const std::string state = text_in(hotplug, "state");
    if (state.empty())
        return;
    const std::string reason = text_in(hotplug, "reason");
    report.remarks.push_back({"hotplug", state + (reason.empty() ? "" : ": " + reason), "", "",
                              state == "off" ? Verdict::warnings : Verdict::ready});
    if (const auto* ports = hotplug.if_contains("ports"); ports != nullptr && ports->is_array())
        for (const auto& item : ports->get_array()) {
            const auto& port = item.as_object();
            const auto* flapping = port.if_contains("flapping");
            if (flapping != nullptr && flapping->is_bool() && flapping->get_bool())
                report.remarks.push_back({port_text(text_in(port, "port"), text_in(port, "name")),
                                          "flapping: " + std::to_string(number_in(port, "removals").value_or(0)),
                                          "flapping", "", Verdict::warnings});
        }
}

void add_remarks(Readiness& report, Station& station, const json::object& record) {
    report.remarks = {store_remark(record), clock_remark(record)};
    const auto counters = object_in(record, "counters");
    report.remarks.push_back({"gate",
                              "epoch " + std::to_string(number_in(record, "gate_epoch").value_or(0)) + ", " +
                                  std::to_string(number_in(counters, "gate_restarts").value_or(0)) + " restarts",
                              "", "", Verdict::ready});
    add_bus(report, record);
    if (const std::string error = text_in(object_in(record, "config"), "error"); !error.empty())
        report.remarks.push_back({"configuration", error, "", "", Verdict::warnings});
    for (const auto& plugin : station.plugins())
        if (plugin.state != "ready")
            report.remarks.push_back(
                {"plugin " + plugin.plugin, plugin.state + (plugin.error ? ": " + plugin.error->message : ""),
                 plugin.error ? plugin.error->code : "", plugin.error ? plugin.error->hint : "", Verdict::warnings});
}

} // namespace

Readiness readiness_of(Context& context, const std::string& level) {
    Station& station = context.station();
    Readiness report;
    report.level = level;
    const auto slots = station.slots();
    std::map<std::string, DeviceRecord> devices;
    for (auto& device : station.devices())
        devices.emplace(device.device, std::move(device));
    std::vector<std::string> asked;
    for (const auto& slot : slots)
        if (!slot.device.empty() && std::ranges::find(asked, slot.device) == asked.end())
            asked.push_back(slot.device);
    const auto checked = check_all(context, asked, level);
    for (const auto& slot : station.slots()) // as they are after the check
        report.slots.push_back(report_of(slot, checked, devices));
    const auto info = station.info();
    const auto record = json::parse(info.json).as_object();
    report.station = info.name;
    report.station_id = info.id;
    report.zone = info.zone;
    report.station_epoch = info.station_epoch;
    report.at = local_time(number_in(object_in(record, "now"), "utc_us").value_or(0));
    add_remarks(report, station, record);
    for (const auto& slot : report.slots)
        report.verdict = std::max(report.verdict, slot.verdict);
    for (const auto& remark : report.remarks)
        report.verdict = std::max(report.verdict, remark.verdict);
    if (report.slots.empty())
        report.verdict = Verdict::not_ready;
    return report;
}

std::string_view word_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::ready: return "ready";
    case Verdict::warnings: return "ready-with-warnings";
    case Verdict::not_ready: break;
    }
    return "not-ready";
}

std::string summary_of(const Readiness& report, const Hints& hints) {
    const auto ready =
        std::ranges::count_if(report.slots, [](const auto& slot) { return slot.verdict != Verdict::not_ready; });
    return std::to_string(ready) + "/" + std::to_string(report.slots.size()) + " " + hints.word("slots-ready");
}

std::string device_text(const SlotReport& slot, const Hints& hints) {
    std::string text = slot.make + (slot.make.empty() || slot.model.empty() ? "" : " ") + slot.model;
    if (text.empty())
        text = slot.slot.device;
    if (!slot.serial.empty())
        text += ", " + hints.word("serial") + " " + slot.serial;
    if (!slot.firmware.empty())
        text += ", " + hints.word("firmware") + " " + slot.firmware;
    if (!slot.port.empty())
        text += ", " + hints.word("port") + " " + slot.port;
    return text;
}

std::string consumable_text(const Consumable& consumable, const Hints& hints) {
    std::string text = hints.word(consumable.name) + " ";
    text += consumable.left ? std::to_string(*consumable.left) : "?";
    if (consumable.of)
        text += "/" + std::to_string(*consumable.of);
    return text + (consumable.unit.empty() ? "" : " " + hints.word(consumable.unit));
}

std::vector<HealthCheck> checks_of(const SlotReport& slot) {
    auto checks = slot.health.checks;
    if (slot.slot.device.empty())
        checks.push_back({"device", "failed", slot.slot.reason, "technician", "bind-slot"});
    if (slot.slot.admin == "held")
        checks.push_back({"slot", "failed", slot.slot.reason, "technician", "call-technician"});
    if (slot.on_fallback)
        checks.push_back({"fallback", "degraded", slot.slot.reason, "technician", "call-technician"});
    if (slot.unchecked)
        checks.push_back({"device", "unknown", slot.unchecked->message, slot.unchecked->error_class,
                          slot.unchecked->hint.empty() ? slot.unchecked->code : slot.unchecked->hint});
    return checks;
}

std::string advice_for(const HealthCheck& check, const Hints& hints) {
    if (check.state == "ok")
        return "";
    return hints.text(check.hint, check.hint, reader_of(check.who)).value_or(check.hint); // the hint may be a code
}

std::string advice_for(const Remark& remark, const Hints& hints) {
    return hints.text(remark.hint, remark.code, "technician").value_or("");
}

std::string readiness_json(const Readiness& report) {
    json::object whole{{"station", {{"id", report.station_id}, {"name", report.station}, {"zone", report.zone}}},
                       {"station_epoch", report.station_epoch},
                       {"level", report.level},
                       {"at", report.at},
                       {"verdict", word_of(report.verdict)}};
    json::array slots;
    for (const auto& slot : report.slots) {
        json::object one{{"slot", json::parse(slot.slot.json)}, {"verdict", word_of(slot.verdict)}};
        if (!slot.health.json.empty())
            one["health"] = json::parse(slot.health.json);
        if (slot.unchecked && !slot.unchecked->json.empty())
            one["unchecked"] = json::parse(slot.unchecked->json);
        slots.push_back(std::move(one));
    }
    json::array remarks;
    for (const auto& remark : report.remarks)
        remarks.push_back({{"what", remark.what}, {"text", remark.text}, {"verdict", word_of(remark.verdict)}});
    whole["slots"] = std::move(slots);
    whole["remarks"] = std::move(remarks);
    return json::serialize(whole);
}

Exit readiness(Context& context, const std::string& level, const std::string& html) {
    const Readiness report = readiness_of(context, level);
    if (!html.empty())
        write_file(html, readiness_html(report, context.hints()));
    context.print(context.json() ? readiness_json(report) + "\n"
                                 : readiness_text(report, context.hints(), context.colour()));
    switch (report.verdict) {
    case Verdict::ready: return Exit::ok;
    case Verdict::warnings: return Exit::needs_person;
    case Verdict::not_ready: break;
    }
    return Exit::failed;
}

} // namespace rekam::ctl
