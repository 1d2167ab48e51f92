// SPDX-License-Identifier: Apache-2.0
// rekamctl statistics: what devices have done and how it went.
#include "core/ctl/commands.h"
#include "core/ctl/table.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace rekam::ctl {
namespace {

namespace json = boost::json;

json::object statistics_of(Station& station, const std::string& device, const std::string& by) {
    json::object params{{"device", device}};
    if (!by.empty()) {
        params["reset"] = true;
        params["by"] = by;
    }
    const auto reply = json::parse(station.call("device.statistics", json::serialize(params)).result).as_object();
    return reply.at("statistics").as_object();
}

std::int64_t number(const json::object& of, std::string_view name) {
    const auto* value = of.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::string text(const json::object& of, std::string_view name) {
    const auto* value = of.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::string when(const json::object& of, std::string_view name) {
    const auto* time = of.if_contains(name);
    return time != nullptr && time->is_object() ? local_time(number(time->get_object(), "utc_us")) : "";
}

std::int64_t failures(const json::object& of) {
    std::int64_t all = 0;
    if (const auto* by_code = of.if_contains("failures"); by_code != nullptr && by_code->is_object())
        for (const auto& [code, count] : by_code->get_object())
            all += count.is_int64() ? count.get_int64() : 0;
    return all;
}

std::string duration(std::int64_t ms) {
    const std::int64_t minutes = ms / 60'000;
    return minutes == 0 ? std::to_string(ms / 1'000) + " s"
                        : std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

std::string overview(const std::vector<json::object>& all, bool colour) {
    Table table(
        {"DEVICE", "SINCE", "CAPTURES", "RETAKES", "PRINTS", "CARDS", "FAILED", "RESTARTS", "BUSY", "SERVICED BY"});
    const auto shown = [](std::int64_t count) { return count == 0 ? std::string() : std::to_string(count); };
    for (const auto& one : all)
        table.add({text(one, "device"), when(one, "since"), shown(number(one, "captures")),
                   shown(number(one, "retakes")), shown(number(one, "prints")), shown(number(one, "cards")),
                   shown(failures(one)), shown(number(one, "restarts")), duration(number(one, "busy_ms")),
                   text(one, "reset_by")});
    return table.empty() ? "no devices: rekamctl plugins shows what looks for them\n" : table.text(colour);
}

/// Below the overview of one device: what failed, and how it stood.
std::string details(const json::object& one, bool colour) {
    std::string out;
    if (const auto* by_code = one.if_contains("failures"); by_code != nullptr && by_code->is_object()) {
        Table table({"FAILURE", "COUNT"});
        for (const auto& [code, count] : by_code->get_object())
            table.add({std::string(code), json::serialize(count)});
        out += table.empty() ? "" : "\n" + table.text(colour);
    }
    if (const auto* history = one.if_contains("history"); history != nullptr && history->is_array()) {
        Table table({"AT", "STATE", "BECAUSE OF"});
        for (const auto& change : history->get_array())
            if (change.is_object())
                table.add({when(change.get_object(), "at"), text(change.get_object(), "state"),
                           text(change.get_object(), "code")});
        out += table.empty() ? "" : "\n" + table.text(colour);
    }
    return out;
}

} // namespace

Exit statistics(Context& context, const std::string& device, const std::string& by) {
    if (device.empty() && !by.empty())
        usage("--reset begins the count of one device anew: name it, rekamctl list devices shows them");
    std::vector<std::string> names{device};
    if (device.empty()) {
        names.clear();
        for (const auto& record : context.station().devices())
            names.push_back(record.device);
    }
    std::vector<json::object> all;
    for (const auto& name : names)
        all.push_back(statistics_of(context.station(), name, by));
    if (context.json()) {
        std::vector<std::string> texts;
        for (const auto& one : all)
            texts.push_back(json::serialize(one));
        context.print("{" + json_list("statistics", texts) + "}\n");
        return Exit::ok;
    }
    context.print(overview(all, context.colour()));
    if (!device.empty())
        context.print(details(all.front(), context.colour()));
    return Exit::ok;
}

} // namespace rekam::ctl
