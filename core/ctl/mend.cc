// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/mend.h"

#include "core/ctl/commands.h"
#include "core/ctl/table.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>
#include <cstdio>
#include <iostream>

#include <unistd.h>

namespace rekam::ctl {
namespace {

namespace json = boost::json;

constexpr auto patience = std::chrono::minutes(3); // opening and checking a device takes what it takes
constexpr std::int64_t preview_hz = 5;

json::object call(Context& context, const std::string& op, const json::object& params) {
    const auto reply = context.station().call(op, json::serialize(params), {.timeout = patience});
    return json::parse(reply.result).as_object();
}

/// The text there; empty when there is none.
std::string text_at(const json::object& record, std::string_view name) {
    const auto* value = record.if_contains(name);
    if (!value)
        return "";
    return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

const json::object& object_at(const json::object& record, std::string_view name) {
    static const json::object none;
    const auto* value = record.if_contains(name);
    return value && value->is_object() ? value->get_object() : none;
}

const json::array& array_at(const json::object& record, std::string_view name) {
    static const json::array none;
    const auto* value = record.if_contains(name);
    return value && value->is_array() ? value->get_array() : none;
}

/// What the request says of the slot, and of the person.
json::object about(const Context& context, const MendArguments& arguments) {
    return {{"slot", arguments.slot}, {"by", context.person(arguments.by)}};
}

Exit print_slot(Context& context, const json::object& result) {
    const auto& slot = object_at(result, "slot");
    std::string line = text_at(slot, "slot") + " " + text_at(slot, "admin");
    if (const auto& held = object_at(slot, "held"); !held.empty())
        line += ", by " + text_at(held, "by") + ": " + text_at(held, "reason");
    context.print(context.json() ? json::serialize(slot) + "\n" : printable(line) + "\n");
    return Exit::ok;
}

std::string missing_of(const json::object& candidate) {
    if (!candidate.contains("missing"))
        return "known when it is open";
    std::string list;
    for (const auto& point : array_at(candidate, "missing"))
        list += (list.empty() ? "" : "; ") + std::string(point.as_string());
    return list.empty() ? "nothing" : list;
}

std::string candidates_table(const json::array& candidates, bool colour) {
    Table table({"NO", "DEVICE", "MAKE", "MODEL", "SERIAL", "PORT", "STATE", "LACKS"});
    int number = 0;
    for (const auto& value : candidates) {
        const auto& one = value.as_object();
        table.add({std::to_string(++number), text_at(one, "device"), text_at(one, "make"), text_at(one, "model"),
                   text_at(one, "serial"), port_text(text_at(one, "physical"), text_at(one, "port")),
                   text_at(one, "state"), missing_of(one)});
    }
    return table.text(colour);
}

/// The device that the person chooses; empty: none.
std::string ask(const json::array& candidates) {
    std::printf("which one takes the place? [1-%zu, nothing: none] ", candidates.size());
    std::fflush(stdout);
    std::string line;
    std::getline(std::cin, line);
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    const bool whole = error == std::errc{} && end == line.data() + line.size();
    return whole && number >= 1 && number <= candidates.size()
               ? text_at(candidates.at(number - 1).as_object(), "device")
               : std::string();
}

std::string replaced_text(const json::object& result) {
    const auto& replaced = object_at(result, "replaced");
    const auto& from = object_at(replaced, "from");
    const auto& to = object_at(replaced, "to");
    std::string dropped;
    for (const auto& one : array_at(replaced, "dropped"))
        dropped += (dropped.empty() ? "" : ", ") + std::string(one.as_string());
    const auto named = [](const json::object& device) {
        const std::string serial = text_at(device, "serial");
        return text_at(device, "device") + (serial.empty() ? "" : " (serial " + serial + ")");
    };
    return text_at(object_at(result, "slot"), "slot") + ": " + (from.empty() ? "" : named(from) + " -> ") + named(to) +
           ", check " + text_at(replaced, "level") + ": " + text_at(replaced, "health") +
           (dropped.empty() ? "" : "; it does not know these settings of the slot: " + dropped);
}

Exit take_over(Context& context, const MendArguments& arguments, const std::string& device) {
    auto params = about(context, arguments);
    params["device"] = device;
    context.progress("opening and checking " + device + " …");
    const auto result = call(context, "slot.replace", params);
    context.end_progress();
    context.print(context.json() ? json::serialize(result) + "\n" : printable(replaced_text(result)) + "\n");
    return Exit::ok;
}

Exit exit_of_finding(const json::object& finding) {
    const std::string who = text_at(finding, "who");
    return who.empty() ? Exit::ok : who == "self" ? Exit::failed : Exit::needs_person;
}

} // namespace

Exit hold(Context& context, const MendArguments& arguments) {
    auto params = about(context, arguments);
    params["reason"] = arguments.reason;
    return print_slot(context, call(context, "slot.hold", params));
}

Exit release(Context& context, const MendArguments& arguments) {
    return print_slot(context, call(context, "slot.release", about(context, arguments)));
}

Exit replace(Context& context, const MendArguments& arguments) {
    if (!arguments.device.empty())
        return take_over(context, arguments, arguments.device);
    const auto list = call(context, "slot.replace", {{"slot", arguments.slot}});
    const auto& candidates = array_at(list, "candidates");
    if (arguments.yes && candidates.size() == 1)
        return take_over(context, arguments, text_at(candidates.at(0).as_object(), "device"));
    if (context.json()) {
        context.print(json::serialize(list) + "\n");
        return candidates.empty() ? Exit::nothing_to_do : Exit::ok;
    }
    const std::string now = text_at(object_at(list, "slot"), "device");
    context.print("slot " + printable(arguments.slot) + " stands for " + (now.empty() ? "nothing" : printable(now)) +
                  "\n");
    if (candidates.empty()) {
        context.print("no other device fits: connect one that does the same, of any make\n");
        return Exit::nothing_to_do;
    }
    context.print(candidates_table(candidates, context.colour()));
    if (arguments.yes || ::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0)
        return Exit::needs_person;
    const std::string device = ask(candidates);
    if (device.empty()) {
        context.print("nothing was changed\n");
        return Exit::nothing_to_do;
    }
    return take_over(context, arguments, device);
}

Exit reset(Context& context, const MendArguments& arguments) {
    auto params = about(context, arguments);
    if (!arguments.level.empty())
        params["level"] = arguments.level;
    const auto done = call(context, "slot.reset", params);
    context.print(context.json() ? json::serialize(done) + "\n"
                                 : printable(text_at(done, "slot") + " " + text_at(done, "state") + ", reset by " +
                                             text_at(done, "level") + " in " + text_at(done, "took_ms") + " ms") +
                                       "\n");
    return Exit::ok;
}

Exit identify(Context& context, const MendArguments& arguments) {
    try {
        const auto shown = context.station().identify(arguments.slot, arguments.seconds, context.person(arguments.by));
        context.print(context.json()           ? shown.json + "\n"
                      : arguments.seconds == 0 ? printable(shown.device) + " shows itself no more\n"
                                               : printable(shown.device) + " shows itself by " + joined(shown.means) +
                                                     " for " + std::to_string(shown.seconds) + " s\n");
        return Exit::ok;
    } catch (const Error& error) {
        if (error.body().hint != "look-at-preview" || arguments.seconds == 0)
            throw;
    }
    PreviewArguments live;
    live.slot = arguments.slot;
    live.file = arguments.file.empty() ? arguments.slot + ".jpg" : arguments.file;
    live.rate_hz = preview_hz;
    live.frames = preview_hz * arguments.seconds;
    if (!context.json())
        context.print("the device can neither light nor beep: what it sees is in " + printable(live.file) + "\n");
    return preview(context, live);
}

Exit reload_plugin(Context& context, const MendArguments& arguments) {
    const auto plugin = object_at(call(context, "plugin.reload", {{"plugin", arguments.plugin}}), "plugin");
    context.print(context.json() ? json::serialize(plugin) + "\n"
                                 : printable(text_at(plugin, "plugin") + " " + text_at(plugin, "state")) + "\n");
    return Exit::ok;
}

Exit clear_quarantine(Context& context, const MendArguments& arguments) {
    const auto devices = context.station().devices();
    const bool device =
        std::any_of(devices.begin(), devices.end(), [&](const auto& one) { return one.device == arguments.plugin; });
    const auto result = call(context, "plugin.clear-quarantine", {{device ? "device" : "plugin", arguments.plugin}});
    context.print(context.json() ? json::serialize(result) + "\n"
                                 : text_at(result, "cleared") + " quarantines ended\n");
    return text_at(result, "cleared") == "0" ? Exit::nothing_to_do : Exit::ok;
}

Exit doctor(Context& context, const MendArguments& arguments) {
    std::vector<std::string> names;
    if (!arguments.slot.empty()) {
        names.push_back(arguments.slot);
    } else {
        for (const auto& record : context.station().slots())
            names.push_back(record.slot);
    }
    Table table({"SLOT", "DEVICE", "PORT", "CAUSE", "WHO", "EVIDENCE", "NEXT"});
    json::array findings;
    Exit worst = names.empty() ? Exit::nothing_to_do : Exit::ok;
    for (const auto& name : names) {
        const auto finding = call(context, "device.doctor", {{"slot", name}});
        worst = std::max(worst, exit_of_finding(finding));
        table.add({name, text_at(finding, "device"), text_at(finding, "port"), text_at(finding, "cause"),
                   text_at(finding, "who"), text_at(finding, "evidence"), text_at(finding, "next")});
        findings.emplace_back(finding);
    }
    if (context.json())
        context.print(json::serialize(json::object{{"findings", findings}}) + "\n");
    else
        context.print(table.empty() ? "no slots: declare them in slots.toml\n" : table.text(context.colour()));
    return worst;
}

} // namespace rekam::ctl
