// SPDX-License-Identifier: Apache-2.0
// Which files there are, in which order, and what slots.toml and plugins.d say.
#include "core/rekamd/config_table.h"

#include "core/base/digest.h"
#include "core/rekamd/config_station.h"
#include "core/wire/capture_params.h"
#include "core/wire/types.h"

#include <algorithm>

namespace rekam::rekamd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t fallbacks_max = 8;
constexpr std::size_t defaults_bytes_max = 1'024; // they go to the device beside what a capture says

/// Names of the .toml files in a folder, relative to `directory`, in lexical order. No folder: none.
std::vector<std::string> toml_files(const fs::path& directory, const std::string& folder,
                                    std::vector<Problem>& problems) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(directory / folder, error), end; !error && entry != end; entry.increment(error))
        if (entry->path().extension() == ".toml" && entry->path().filename().native().front() != '.')
            names.push_back(folder + "/" + entry->path().filename().string());
    if (error && error != std::errc::no_such_file_or_directory)
        problems.push_back({folder, 0, 0, "cannot be read: " + error.message()});
    std::ranges::sort(names);
    return names;
}

std::string printable(const std::string& text) {
    if (text.empty() || text.size() > 256 || !wire::fits(wire::Charset::printable, text))
        return "must have 1 to 256 characters, none of them a control character";
    return "";
}

std::string absolute_path(const std::string& text) {
    return text.starts_with('/') ? printable(text) : "must be an absolute path";
}

/// What is wrong with the limits in requires.readings, or nothing.
std::string readings_problem(const wire::RawJson& required) {
    const auto whole = wire::parse_json(required.text);
    const auto* object = whole ? whole->if_object() : nullptr;
    const auto* readings = object ? object->if_contains("readings") : nullptr;
    if (!readings)
        return "";
    const auto is_limit = [](const auto& limit) {
        return (limit.key() == "min" || limit.key() == "max") && limit.value().is_int64();
    };
    const auto* named = readings->if_object();
    const bool right = named && std::ranges::all_of(*named, [&](const auto& reading) {
                           const auto* limits = reading.value().if_object();
                           return limits && !limits->empty() && std::ranges::all_of(*limits, is_limit);
                       });
    return right ? ""
                 : "readings must name limits as integers, like readings = { temperature = { min = 160, max = 170 } }";
}

/// What is wrong with the parameters in defaults, or nothing. Which values a device takes it says itself.
std::string defaults_problem(const wire::RawJson& defaults, model::Function function) {
    const auto whole = wire::parse_json(defaults.text);
    const auto* object = whole ? whole->if_object() : nullptr;
    if (!object)
        return "must be a table";
    if (defaults.text.size() > defaults_bytes_max)
        return "is longer than " + std::to_string(defaults_bytes_max) + " bytes";
    for (const auto& parameter : *object) {
        const std::string name(parameter.key());
        const auto is_of = [&](const auto word) {
            return wire::has_parameter(*model::parse<model::Function>(word), name);
        };
        const bool owned =
            !std::ranges::all_of(model::Names<model::Function>::values, is_of); // else every function has it
        const bool vendors = name.find(':') != std::string::npos;
        if (!vendors && !(owned && wire::has_parameter(function, name)))
            return name + " is no parameter of function " + std::string(model::name(function));
    }
    return "";
}

void read_slots(const File& file, std::vector<broker::SlotConfig>& slots, std::vector<Problem>& problems) {
    Table root(file, &file.root, "", problems);
    for (auto& [name, table] : root.table("slot").tables()) {
        broker::SlotConfig slot;
        slot.name = name;
        if (name.empty() || name.size() > 64 || !wire::fits(wire::Charset::slot_name, name))
            table.problem("", "a slot's name has 1 to 64 of a-z 0-9 . _ - and starts with a letter or digit");
        std::string function, desk;
        table.word("function", function, model::Names<model::Function>::values);
        table.text("device", slot.device, printable);
        table.text("desk", desk, [](const std::string& text) {
            return text.size() <= 64 && wire::fits(wire::Charset::identifier, text) && !text.empty()
                       ? ""
                       : "must have 1 to 64 of A-Z a-z 0-9 . _ -";
        });
        table.texts("fallback", slot.fallbacks, printable);
        if (slot.fallbacks.size() > fallbacks_max)
            table.problem("fallback", "names at most " + std::to_string(fallbacks_max) + " devices");
        slot.requires_ = table.json("requires");
        if (slot.requires_ && !slot.requires_->text.starts_with('{'))
            table.problem("requires", "must be a table");
        else if (slot.requires_)
            if (const std::string wrong = readings_problem(*slot.requires_); !wrong.empty())
                table.problem("requires", wrong);
        slot.defaults = table.json("defaults");
        table.boolean("record_first", slot.record_first);
        table.refuse_others();
        for (const std::string_view needed : {"function", "device"})
            if (!table.has(needed))
                table.problem(needed, "is missing");
        if (const auto word = model::parse<model::Function>(function))
            slot.function = *word;
        if (!desk.empty())
            slot.desk = desk;
        if (slot.defaults)
            if (const std::string wrong = defaults_problem(*slot.defaults, slot.function); !wrong.empty())
                table.problem("defaults", wrong);
        slots.push_back(std::move(slot));
    }
    root.refuse_others();
}

wire::RawJson as_json(const std::vector<std::string>& texts) {
    wire::RawJson made{.text = "["};
    for (const auto& text : texts) {
        if (made.text.size() > 1)
            made.text += ',';
        wire::append_json_string(made.text, text);
    }
    made.text += ']';
    return made;
}

void read_grant(Table grant, broker::PluginConfig& plugin) {
    static constexpr std::array<std::string_view, 3> networks{"none", "loopback", "any"};
    std::string network;
    grant.word("network", network, networks);
    if (!network.empty())
        plugin.granted["network"].text = '"' + network + '"';
    bool netlink = false;
    grant.boolean("netlink", netlink);
    if (grant.has("netlink"))
        plugin.granted["netlink"].text = netlink ? "true" : "false";
    bool mock = false;
    grant.boolean("mock", mock);
    if (grant.has("mock"))
        plugin.granted["mock"].text = mock ? "true" : "false";
    std::int64_t memory_mib = 0;
    grant.integer("memory_mib", memory_mib, 16, 1 << 20);
    if (grant.has("memory_mib"))
        plugin.granted["memory_mib"].text = std::to_string(memory_mib);
    const auto list = [&](const char* key, const Table::Check& check) {
        std::vector<std::string> values;
        grant.texts(key, values, check);
        if (grant.has(key))
            plugin.granted[key] = as_json(values);
    };
    list("device_classes", printable);
    for (const char* key : {"unix_paths", "readable_paths", "writable_paths", "helpers"})
        list(key, absolute_path);
    grant.refuse_others();
}

std::string variable_name(const std::string& text) {
    const auto fits = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, fits) && (text[0] < '0' || text[0] > '9')
               ? ""
               : "is no name of an environment variable (letters, digits, _)";
}

void read_plugin(const File& file, Config& config, std::vector<Problem>& problems) {
    broker::PluginConfig plugin;
    plugin.name = fs::path(file.name).stem().string();
    plugin.path = "rekam-" + plugin.name + ".so";
    bool enabled = true;
    Table root(file, &file.root, "", problems);
    root.boolean("enabled", enabled);
    root.text("path", plugin.path, printable);
    std::vector<std::string> names;
    for (auto& [name, value] : root.table("environment").entries(variable_name)) {
        names.push_back(name);
        if (value.find('\0') != std::string::npos)
            root.problem("environment", name + " has a zero byte in its value");
        plugin.environment[name] = value;
    }
    if (!names.empty())
        plugin.granted["environment"] = as_json(names);
    read_grant(root.table("grant"), plugin);
    root.refuse_others();
    if (enabled)
        config.broker.plugins.push_back(std::move(plugin));
}

} // namespace

namespace {

/// A file as the hash of the configuration takes it in: no two sets of files give the same text.
std::string as_hashed(const File& file) {
    return file.name + "\n" + std::to_string(file.text.size()) + "\n" + file.text;
}

} // namespace

std::string Problem::describe() const {
    return line == 0 ? file + ": " + text
                     : file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + text;
}

Loaded load_config(const fs::path& directory) {
    Loaded loaded;
    Config config;
    auto& problems = loaded.problems;
    std::error_code error;
    if (!fs::is_directory(directory, error)) {
        problems.push_back({directory.string(), 0, 0, "is no directory that can be read: name one with --config"});
        return loaded;
    }
    std::string all;
    std::vector<std::string> station_files{"rekamd.toml"};
    std::ranges::copy(toml_files(directory, "conf.d", problems), std::back_inserter(station_files));
    for (const auto& name : station_files)
        if (const File file = read_file(directory, name, problems); file.parsed) {
            read_station(Table(file, &file.root, "", problems), config);
            all += as_hashed(file);
        }
    check_station(config, problems);
    const auto slots = fs::status(directory / "slots.toml", error);
    if (slots.type() == fs::file_type::none) // not the same as a file that is not there, or every slot would be gone
        problems.push_back({"slots.toml", 0, 0, "cannot be read: " + error.message()});
    else if (fs::exists(slots))
        if (const File file = read_file(directory, "slots.toml", problems); file.parsed) {
            read_slots(file, config.broker.slots, problems);
            all += as_hashed(file);
        }
    for (const auto& name : toml_files(directory, "plugins.d", problems))
        if (const File file = read_file(directory, name, problems); file.parsed) {
            read_plugin(file, config, problems);
            all += as_hashed(file);
        }
    config.broker.hash = "sha256:" + sha256_hex(all);
    if (problems.empty())
        loaded.config = std::move(config);
    return loaded;
}

} // namespace rekam::rekamd
