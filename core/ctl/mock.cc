// SPDX-License-Identifier: Apache-2.0
// rekamctl mock: tells devices that are made up how to fail, for testers.
#include "core/ctl/commands.h"
#include "core/ctl/table.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <toml++/toml.h>

namespace rekam::ctl {
namespace {

namespace json = boost::json;

/// The [[fault]] tables of a script, as the protocol takes them. What is wrong with one, the mock itself says.
json::array faults_of(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file)
        throw std::runtime_error(path + ": cannot be read; mend path or permissions");
    try {
        const toml::table script = toml::parse(text.str(), path);
        std::ostringstream out;
        out << toml::json_formatter{script};
        auto all = json::parse(out.str()).as_object();
        const auto* faults = all.if_contains("fault");
        if (faults == nullptr || !faults->is_array() || all.size() != 1)
            throw std::runtime_error(path + ": write nothing but [[fault]] tables");
        return faults->get_array();
    } catch (const toml::parse_error& error) {
        throw std::runtime_error(path + ":" + std::to_string(error.source().begin.line) + ": " +
                                 std::string(error.description()));
    }
}

/// "jam" "times=1" as one fault.
json::array one_fault(const std::string& name, const std::vector<std::string>& settings) {
    json::object fault{{"fault", name}};
    for (const std::string& setting : settings) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos || equals == 0)
            throw std::runtime_error("a fault takes key=value, such as times=1, not '" + setting + "'");
        const std::string value = setting.substr(equals + 1);
        boost::system::error_code not_json; // then it is a text
        const auto read = json::parse(value, not_json);
        fault[setting.substr(0, equals)] =
            !not_json && (read.is_number() || read.is_bool()) ? read : json::value(value);
    }
    return {std::move(fault)};
}

std::string device_of(Context& context, const std::string& name) {
    for (const auto& slot : context.station().slots())
        if (slot.slot == name && !slot.device.empty())
            return slot.device;
    return name;
}

std::string in_words(const json::object& fault) {
    std::string words;
    for (const auto& [key, value] : fault)
        if (key != "fault" && key != "device" && key != "live")
            words += " " + std::string(key) + "=" +
                     (value.is_string() ? std::string(value.get_string()) : json::serialize(value));
    return std::string(fault.at("fault").as_string()) + words;
}

std::string list_in_words(const json::object& state, const char* key) {
    std::string words;
    for (const auto& fault : state.at(key).as_array())
        words += (words.empty() ? "" : ", ") + in_words(fault.as_object());
    return words;
}

} // namespace

Exit mocks(Context& context) {
    Table table({"DEVICE", "PLUGGED", "FAULTS"});
    std::string all, known; // the faults by lines
    for (const auto& device : context.station().devices()) {
        std::string state;
        try {
            state = context.station().mock_get(device.device);
        } catch (const Error& error) { // a real device, or one that this station does not let be told
            if (error.code() == "denied")
                continue;
            throw;
        }
        all += (all.empty() ? "" : ",") + state;
        const auto read = json::parse(state).as_object();
        table.add({device.device, read.at("plugged").as_bool() ? "yes" : "no", list_in_words(read, "faults")});
        if (known.empty())
            for (const auto& one : read.at("known").as_array()) {
                const auto& fault = one.as_object();
                std::string arguments;
                for (const auto& argument : fault.at("arguments").as_array())
                    arguments += " " + std::string(argument.as_string());
                known += "  " +
                         printable(std::string(fault.at("fault").as_string()) + arguments + ": " +
                                   std::string(fault.at("does").as_string())) +
                         "\n";
            }
    }
    if (context.json())
        context.print("{\"mocks\":[" + all + "]}\n");
    else if (table.empty())
        context.print("no device can be told how to fail; see mock = true in plugins.d\n");
    else
        context.print(table.text(context.colour()) + "\nfaults, and what they take:\n" + known);
    return Exit::ok;
}

Exit mock(Context& context, const MockArguments& arguments) {
    const std::string device = device_of(context, arguments.device);
    std::string state;
    if (arguments.fault == "clear")
        state = context.station().mock_clear(device);
    else if (!arguments.script.empty())
        state = context.station().mock_set(device, json::serialize(faults_of(arguments.script)));
    else if (!arguments.fault.empty())
        state = context.station().mock_set(device, json::serialize(one_fault(arguments.fault, arguments.settings)));
    else
        state = context.station().mock_get(device);
    if (context.json()) {
        context.print(state + "\n");
        return Exit::ok;
    }
    const auto read = json::parse(state).as_object();
    const std::string faults = list_in_words(read, "faults");
    context.print(printable(device) + (read.at("plugged").as_bool() ? "  " : "  unplugged  ") +
                  (faults.empty() ? "no faults" : printable(faults)) + "\n");
    return Exit::ok;
}

} // namespace rekam::ctl
