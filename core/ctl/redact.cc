// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/redact.h"

#include <toml++/toml.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <regex>
#include <sstream>

namespace rekam::ctl {
namespace {

namespace json = boost::json;

constexpr std::string_view left_out = "[left out]";

/// Fields whose texts are words of the vocabulary, ids that machines made, or versions.
constexpr auto kept_texts = std::to_array<std::string_view>({
    "abi",       "admin",     "boot",    "class",     "code",  "component", "device",         "effect",  "firmware",
    "function",  "functions", "hint",    "id",        "level", "make",      "model",          "name",    "physical",
    "plugin",    "port",      "process", "requested", "retry", "serial",    "slot",           "slots",   "state",
    "threading", "unit",      "vendor",  "version",   "who",   "zone",      "device_classes", "network",
});
/// Records that are somebody's, or too long to be of use.
constexpr auto dropped = std::to_array<std::string_view>({"capabilities", "granted", "lease", "requires"});

/// Of configuration files: what of a key's text is shown.
constexpr auto kept_keys =
    std::to_array<std::string_view>({"device", "function", "level", "zone", "requests", "events"});
constexpr auto path_keys = std::to_array<std::string_view>({"path", "runtime", "state", "plugins", "gate", "host"});

template <class List> bool is_in(const List& list, std::string_view word) {
    return std::ranges::find(list, word) != list.end();
}

json::value redacted_in(const json::value& value, bool text_kept) {
    if (value.is_string())
        return text_kept ? value : json::value(left_out);
    if (value.is_array()) {
        json::array out;
        for (const auto& item : value.get_array())
            out.push_back(redacted_in(item, text_kept));
        return out;
    }
    if (!value.is_object())
        return value;
    json::object out;
    for (const auto& [key, member] : value.get_object())
        if (!is_in(dropped, key))
            out[key] = redacted_in(member, is_in(kept_texts, key));
    return out;
}

void redact_table(toml::table& table, bool open) {
    for (auto&& [key, node] : table) {
        const std::string_view name = key.str();
        if (auto* inner = node.as_table())
            redact_table(*inner, name != "environment");
        else if (auto* array = node.as_array())
            *array = toml::array{std::string(left_out)};
        else if (auto* text = node.as_string()) {
            if (open && is_in(path_keys, name))
                *text = redacted_path(text->get());
            else if (!open || !is_in(kept_keys, name))
                *text = std::string(left_out);
        }
    }
}

/// The messages that rekamd writes without a word of anybody else.
const std::regex& own_messages() {
    static const std::regex known("[a-z]+ -> [a-z]+ \\([a-z-]+\\)|ended by signal [0-9]+|exited with status [0-9]+|"
                                  "is well again|was unplugged|is calm again|flaps: it lost its device [0-9]+ times.*|"
                                  "revision [0-9]+ is in force|stopping|its process does not die|"
                                  "expired: its client did not renew it|udev does not run here|"
                                  "records are written again|rekamd [0-9a-f]+, station [A-Za-z0-9-]+, epoch [0-9]+.*");
    return known;
}

} // namespace

json::value redacted(const json::value& record) { return redacted_in(record, false); }

std::string redacted_log_line(std::string_view line) {
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos)
        return std::string(left_out);
    const std::string head(line.substr(0, colon));
    const std::string message(line.substr(colon + 2));
    // Time, level and subject: a subject of ours is a word and an id without blanks.
    static const std::regex subject("([^ ]+ [a-z]+ +)?[a-z]+( [A-Za-z0-9._:/@-]+)?");
    if (!std::regex_match(head, subject))
        return std::string(left_out);
    return head + ": " + (std::regex_match(message, own_messages()) ? redacted_path(message) : std::string(left_out));
}

std::string redacted_toml(const std::string& text) {
    try {
        toml::table table = toml::parse(text);
        redact_table(table, true);
        std::ostringstream out;
        out << table << "\n";
        return out.str();
    } catch (const toml::parse_error& error) {
        return "# cannot be read: line " + std::to_string(error.source().begin.line) + "\n";
    }
}

std::string redacted_path(std::string_view path) {
    static const std::regex home("/(home|Users)/[^/ ]+");
    return std::regex_replace(std::string(path), home, "/$1/-");
}

} // namespace rekam::ctl
