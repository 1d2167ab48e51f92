// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/faults.h"

#include <algorithm>
#include <array>
#include <tuple>

#include <toml++/toml.h>

namespace rekam::mock {
namespace {

constexpr int64_t most = 2'000'000'000;

class Reader {
  public:
    Reader(std::string_view name, Script& to) : name_(name), to_(to) {}

    void read(const toml::table& all) {
        for (const auto& [key, node] : all) {
            if (key == "seed") {
                to_.seed = static_cast<uint32_t>(whole(node, "seed", 0, most));
                to_.seeded = true;
            } else if (key == "fault" && node.is_array()) {
                for (const toml::node& one : *node.as_array())
                    to_.faults.push_back(fault(one));
            } else {
                refuse(node, "only seed and [[fault]] tables stand here, not \"" + std::string(key.str()) + "\"");
            }
        }
    }

  private:
    [[noreturn]] void refuse(const toml::node& at, const std::string& what) const {
        throw plugin::Error(REKAM_E_NOT_READY,
                            name_ + ", line " + std::to_string(at.source().begin.line) + ": " + what);
    }

    Fault fault(const toml::node& node) const {
        const toml::table* table = node.as_table();
        if (!table)
            refuse(node, "a fault is a table: write [[fault]] above its lines");
        Fault fault;
        fault.line = node.source().begin.line;
        const toml::node* name = table->get("fault");
        if (!name)
            refuse(node, "a fault without a name: add fault = \"jam\", or another that rekamctl mock lists");
        fault.kind = kind(*name);
        fault.call = fault.kind->call;
        for (const FaultArgument& argument : fault.kind->arguments)
            usual(fault, node, argument, table->contains(argument.name));
        if (fault.is("unplug") || fault.is("flapping"))
            fault.when.times = 1; // else it would go again as soon as it is back
        for (const auto& [key, value] : *table)
            if (key != "fault")
                set(fault, std::string(key.str()), value);
        return fault;
    }

    const FaultKind* kind(const toml::node& name) const {
        const std::string word = text(name, "fault");
        const auto kinds = fault_kinds();
        const auto found = std::ranges::find(kinds, word, &FaultKind::name);
        if (found == kinds.end())
            refuse(name, "there is no fault \"" + word + "\"; write one that rekamctl mock lists");
        return &*found;
    }

    void usual(Fault& fault, const toml::node& at, const FaultArgument& argument, bool given) const {
        if (argument.needed && !given)
            refuse(at, std::string(fault.kind->name) + " needs " + std::string(argument.name) +
                           (argument.is_code ? " = \"a code of the closed list\"" : " = a number"));
        if (!argument.words.empty())
            fault.words.emplace(argument.name, argument.words.front());
        else if (!argument.is_code)
            fault.numbers.emplace(argument.name, argument.usual);
    }

    void set(Fault& fault, const std::string& key, const toml::node& value) const {
        if (key == "device") {
            fault.device = text(value, key);
        } else if (key == "call") {
            fault.call = text(value, key);
            const auto calls = fault_calls();
            if (std::ranges::find(calls, fault.call) == calls.end())
                refuse(value, "no call is named \"" + fault.call + "\"; run, open, health and others are (README.md)");
        } else if (const auto trigger = std::ranges::find(triggers, key, &NamedTrigger::name);
                   trigger != triggers.end()) {
            fault.when.*(trigger->member) = static_cast<uint32_t>(whole(value, key, trigger->low, most));
        } else if (key == "probability") {
            const auto part = value.value<double>();
            if (!part || *part < 0 || *part > 1)
                refuse(value, "probability must be 0.0 to 1.0");
            fault.when.probability = *part;
        } else {
            set_argument(fault, key, value);
        }
    }

    void set_argument(Fault& fault, const std::string& key, const toml::node& value) const {
        const auto& arguments = fault.kind->arguments;
        const auto argument = std::ranges::find(arguments, key, &FaultArgument::name);
        if (argument == arguments.end())
            refuse(value, std::string(fault.kind->name) + " takes no \"" + key + "\"; leave it out");
        if (argument->is_code) {
            const std::string word = text(value, key);
            if (code_of(word) == 0)
                refuse(value, "\"" + word + "\" is no code of the closed list (sdk/vocabulary.md)");
            fault.words[key] = word;
        } else if (argument->words.empty()) {
            fault.numbers[key] = static_cast<uint32_t>(whole(value, key, argument->low, argument->high));
        } else {
            fault.words[key] = text(value, key);
            if (std::ranges::find(argument->words, fault.words[key]) == argument->words.end())
                refuse(value, key + " must be one of: " + joined(argument->words));
        }
    }

    static std::string joined(const std::vector<std::string_view>& words) {
        std::string all;
        for (const std::string_view word : words)
            all += (all.empty() ? "" : " ") + std::string(word);
        return all;
    }

    std::string text(const toml::node& node, const std::string& key) const {
        const auto value = node.value_exact<std::string>();
        if (!value || value->empty() || value->size() > 256)
            refuse(node, key + " must be a text in \"\"");
        return *value;
    }

    int64_t whole(const toml::node& node, const std::string& key, int64_t low, int64_t high) const {
        const auto value = node.value_exact<int64_t>();
        if (!value || *value < low || *value > high)
            refuse(node, key + " must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
        return *value;
    }

    struct NamedTrigger {
        std::string_view name;
        uint32_t Trigger::*member;
        int64_t low;
    };
    static constexpr std::array<NamedTrigger, 5> triggers{{{"job", &Trigger::job, 1},
                                                           {"every", &Trigger::every, 1},
                                                           {"after_ms", &Trigger::after_ms, 0},
                                                           {"until_ms", &Trigger::until_ms, 1},
                                                           {"times", &Trigger::times, 1}}};

    const std::string name_;
    Script& to_;
};

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return out + "\"";
}

void add(std::string& json, std::string_view key, const std::string& value) {
    json += (json.size() > 1 ? "," : "") + quoted(key) + ":" + value;
}

} // namespace

Script parse_faults(std::string_view text, std::string_view name) {
    Script script;
    try {
        Reader(name, script).read(toml::parse(text, name));
    } catch (const toml::parse_error& error) {
        throw plugin::Error(REKAM_E_NOT_READY, std::string(name) + ", line " +
                                                   std::to_string(error.source().begin.line) +
                                                   ": this is no TOML: " + std::string(error.description()));
    }
    return script;
}

std::string json_of(const Fault& fault) {
    std::string json = "{";
    add(json, "fault", quoted(fault.kind->name));
    add(json, "device", quoted(fault.device));
    if (!fault.call.empty())
        add(json, "call", quoted(fault.call));
    for (const auto& [key, value] : fault.words)
        add(json, key, quoted(value));
    for (const auto& [key, value] : fault.numbers)
        add(json, key, std::to_string(value));
    const Trigger usual, &when = fault.when;
    for (const auto& [key, value, none] : {std::tuple{"job", when.job, usual.job},
                                           {"every", when.every, usual.every},
                                           {"after_ms", when.after_ms, usual.after_ms},
                                           {"until_ms", when.until_ms, usual.until_ms},
                                           {"times", when.times, usual.times}})
        if (value != none)
            add(json, key, std::to_string(value));
    if (when.probability < 1)
        add(json, "probability", std::to_string(when.probability));
    add(json, "live", fault.live ? "true" : "false");
    return json + "}";
}

std::string json_of(const FaultKind& kind) {
    std::string arguments = "[";
    for (const FaultArgument& argument : kind.arguments)
        arguments += (arguments.size() > 1 ? "," : "") + quoted(argument.name);
    std::string json = "{";
    add(json, "fault", quoted(kind.name));
    add(json, "does", quoted(kind.does));
    add(json, "arguments", arguments + "]");
    return json + "}";
}

} // namespace rekam::mock
