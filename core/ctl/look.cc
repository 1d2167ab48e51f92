// SPDX-License-Identifier: Apache-2.0
// Commands that look: list, show, plugins, jobs, health.
#include "core/ctl/commands.h"
#include "core/ctl/table.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <ctime>
#include <set>
#include <utility>

namespace rekam::ctl {
namespace {

std::string text_of(const boost::json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
}

bool is_flat(const boost::json::value& value) {
    if (!value.is_array())
        return !value.is_object();
    for (const auto& item : value.get_array())
        if (!is_flat(item))
            return false;
    return true;
}

void add_lines(const boost::json::object& record, const std::string& indent, std::string& out) {
    std::size_t widest = 0;
    for (const auto& [name, value] : record)
        if (is_flat(value))
            widest = std::max(widest, width(printable(name)));
    for (const auto& [name, value] : record) {
        const std::string key = printable(name);
        if (value.is_object()) {
            out += indent + key + ":\n";
            add_lines(value.get_object(), indent + "  ", out);
        } else if (is_flat(value)) {
            out += indent + key + std::string(widest - width(key) + 2, ' ') + printable(text_of(value)) + "\n";
        } else {
            out += indent + key + ":\n";
            for (const auto& item : value.get_array()) {
                if (!item.is_object()) {
                    out += indent + "  " + printable(text_of(item)) + "\n";
                    continue;
                }
                out += indent + "  -\n";
                add_lines(item.get_object(), indent + "    ", out);
            }
        }
    }
}

std::string seconds(std::optional<std::int64_t> ms) { return ms ? std::to_string((*ms + 500) / 1000) + " s" : ""; }

bool is_slot(Context& context, const std::string& name) {
    const auto slots = context.station().slots();
    return std::any_of(slots.begin(), slots.end(), [&](const auto& slot) { return slot.slot == name; });
}

std::string slots_table(const std::vector<SlotRecord>& slots, bool colour) {
    Table table({"SLOT", "FUNCTION", "STATE", "ADMIN", "DEVICE", "DESK", "LEASED BY", "LEFT", "REASON"});
    for (const auto& slot : slots)
        table.add({slot.slot, slot.function, slot.state, slot.admin == "in-service" ? "" : slot.admin, slot.device,
                   slot.desk, slot.lease_client, seconds(slot.lease_remaining_ms), slot.reason});
    return table.empty() ? "no slots: declare them in slots.toml\n" : table.text(colour);
}

std::string devices_table(const std::vector<DeviceRecord>& devices, bool colour) {
    Table table({"DEVICE", "PLUGIN", "STATE", "MAKE", "MODEL", "PORT", "FUNCTIONS", "SLOTS", "ERROR"});
    for (const auto& device : devices)
        table.add({device.device, device.plugin, device.state, device.make, device.model,
                   port_text(device.physical, device.port), joined(device.functions), joined(device.slots),
                   device.error ? device.error->code : ""});
    return table.empty() ? "no devices: rekamctl plugins shows what looks for them\n" : table.text(colour);
}

bool person_must_act(const HealthCheck& check) {
    return check.state != "ok" && (check.who == "operator" || check.who == "technician" || check.who == "vendor");
}

/// The values of a term, one per line of the table; nothing for what says no, none or 0.
std::vector<std::string> term_values(const boost::json::object& plugin, const char* side, std::string_view term) {
    const auto* terms = plugin.if_contains(side);
    const auto* value = terms != nullptr && terms->is_object() ? terms->get_object().if_contains(term) : nullptr;
    if (value == nullptr)
        return {};
    std::vector<std::string> values;
    if (value->is_array()) {
        for (const auto& item : value->get_array())
            values.push_back(text_of(item));
    } else {
        values.push_back(text_of(*value));
    }
    return values == std::vector<std::string>{"false"} || values == std::vector<std::string>{"none"} ||
                   values == std::vector<std::string>{"0"}
               ? std::vector<std::string>{}
               : values;
}

void add_terms(Table& table, const PluginRecord& plugin) {
    const auto whole = boost::json::parse(plugin.json).as_object();
    std::string name = plugin.plugin;
    for (const char* term : {"network", "netlink", "memory_mib", "device_classes", "environment", "helpers",
                             "unix_paths", "readable_paths", "writable_paths"}) {
        auto asks = term_values(whole, "requested", term);
        auto granted = term_values(whole, "granted", term);
        const std::size_t lines = std::max(asks.size(), granted.size());
        asks.resize(lines);
        granted.resize(lines);
        for (std::size_t line = 0; line < lines; ++line)
            table.add({std::exchange(name, {}), line == 0 ? term : "", asks[line], granted[line]});
    }
}

Exit exit_of_health(const HealthRecord& health) {
    for (const auto& check : health.checks)
        if (person_must_act(check))
            return Exit::needs_person;
    return health.state == "failed" ? Exit::failed : Exit::ok;
}

/// What to do about the checks that failed, once per hint.
std::string advice(const HealthRecord& health, const Hints& hints, std::set<std::string>& told) {
    std::string text;
    for (const auto& check : health.checks) {
        if (check.state == "ok" || check.hint.empty() || !told.insert(check.hint).second)
            continue;
        if (const auto sentence = hints.text(check.hint, "", reader_of(check.who)))
            text += printable(check.hint + ": " + *sentence) + "\n";
    }
    return text;
}

void add_health(Table& table, const HealthRecord& health, const std::string& asked) {
    const std::string name = health.slot.empty() ? asked : health.slot;
    if (health.checks.empty())
        table.add({name, health.device, "", health.state, "", "", ""});
    for (const auto& check : health.checks)
        table.add({name, health.device, check.component, check.state, check.who, check.hint, check.evidence});
}

} // namespace

std::string joined(const std::vector<std::string>& words) {
    std::string list;
    for (const auto& word : words)
        list += (list.empty() ? "" : " ") + word;
    return list;
}

std::string local_time(std::int64_t utc_us) {
    const std::time_t seconds_utc = static_cast<std::time_t>(utc_us / 1'000'000);
    std::tm local{};
    char text[32] = "";
    if (localtime_r(&seconds_utc, &local) != nullptr)
        std::strftime(text, sizeof text, "%F %T", &local);
    return text;
}

std::string port_text(const std::string& physical, const std::string& port) {
    return port.empty() || physical.empty() ? port + physical : port + " (" + physical + ")";
}

std::string lines_of(const std::string& json) {
    std::string out;
    add_lines(boost::json::parse(json).as_object(), "", out);
    return out;
}

Exit list(Context& context, const std::string& what) {
    const bool slots = what != "devices";
    const bool devices = what != "slots";
    std::string json;
    std::string text;
    if (slots) {
        const auto records = context.station().slots();
        json = json_list("slots", json_of(records));
        text = slots_table(records, context.colour());
    }
    if (devices) {
        const auto records = context.station().devices();
        json += (json.empty() ? "" : ",") + json_list("devices", json_of(records));
        text += (text.empty() ? "" : "\n") + devices_table(records, context.colour());
    }
    context.print(context.json() ? "{" + json + "}\n" : text);
    return Exit::ok;
}

Exit show(Context& context, const std::string& name) {
    const std::string record =
        is_slot(context, name) ? context.station().slot(name).json : context.station().device(name).json;
    context.print(context.json() ? record + "\n" : lines_of(record));
    return Exit::ok;
}

Exit plugins(Context& context) {
    const auto records = context.station().plugins();
    if (context.json()) {
        context.print("{" + json_list("plugins", json_of(records)) + "}\n");
        return Exit::ok;
    }
    Table table({"PLUGIN", "STATE", "VERSION", "FUNCTIONS", "DEVICES", "ERROR"});
    Table terms({"PLUGIN", "TERM", "ASKS FOR", "IS GRANTED"});
    for (const auto& plugin : records) {
        table.add({plugin.plugin, plugin.state, plugin.version, joined(plugin.functions),
                   std::to_string(plugin.devices),
                   plugin.error ? plugin.error->code + ": " + plugin.error->message : ""});
        add_terms(terms, plugin);
    }
    context.print(table.empty() ? "no plugins: configure them in plugins.d\n" : table.text(context.colour()));
    if (!terms.empty())
        context.print("\n" + terms.text(context.colour()));
    return Exit::ok;
}

Exit jobs(Context& context) {
    const auto records = context.station().jobs();
    if (context.json()) {
        context.print("{" + json_list("jobs", json_of(records)) + "}\n");
        return Exit::ok;
    }
    Table table({"JOB", "STATE", "SLOT", "SUBJECT", "FRAMES", "EFFECT", "CASE", "ERROR"});
    for (const auto& job : records)
        table.add({job.job, job.state, job.slot, job.subject, std::to_string(job.frames),
                   job.effect == "none" ? "" : job.effect, job.case_id, job.error ? job.error->code : ""});
    context.print(table.empty() ? "no jobs\n" : table.text(context.colour()));
    return Exit::ok;
}

Exit health(Context& context, const std::string& slot, const std::string& level) {
    std::vector<std::string> names;
    if (!slot.empty()) {
        names.push_back(slot);
    } else {
        for (const auto& record : context.station().slots())
            if (!record.device.empty())
                names.push_back(record.slot);
    }
    Table table({"SLOT", "DEVICE", "COMPONENT", "STATE", "WHO", "HINT", "EVIDENCE"});
    std::vector<std::string> reports;
    std::string what_to_do;
    std::set<std::string> told;
    Exit worst = names.empty() ? Exit::nothing_to_do : Exit::ok;
    for (const auto& name : names) {
        const auto report = context.station().health_of_slot(name, level);
        worst = std::max(worst, exit_of_health(report));
        reports.push_back(report.json);
        add_health(table, report, name);
        what_to_do += advice(report, context.hints(), told);
    }
    if (context.json()) {
        context.print("{" + json_list("health", reports) + "}\n");
    } else {
        context.print(table.empty() ? "no slot has a device: rekamctl list shows both\n"
                                    : table.text(context.colour()));
        context.print(what_to_do.empty() ? "" : "\n" + what_to_do);
    }
    return worst;
}

} // namespace rekam::ctl
