// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/spec.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "mocks/devices/kit/random.h"

namespace rekam::mock {
namespace {

class Parser {
  public:
    explicit Parser(const Kind& kind) : kind_(kind) {}

    DeviceSpec device(std::string_view words) const {
        DeviceSpec spec;
        spec.make = kind_.make;
        spec.model = kind_.model;
        spec.functions = kind_.functions;
        for (const SpecKey& key : kind_.keys) {
            if (key.words.empty())
                spec.numbers.emplace(key.name, key.usual);
            else
                spec.words.emplace(key.name, key.words.front());
        }
        bool seeded = false;
        while (!words.empty()) {
            const std::string_view word = take(words, ',');
            seeded = seeded || word.starts_with("seed=");
            set(spec, word);
        }
        if (spec.id.empty())
            throw bad("a device without id");
        if (spec.serial.empty())
            spec.serial = spec.id;
        if (!seeded)
            spec.seed = seed_of(spec.id);
        return spec;
    }

    // Cuts the text up to the separator off and returns it.
    static std::string_view take(std::string_view& text, char separator) {
        const std::size_t end = std::min(text.find(separator), text.size());
        const std::string_view piece = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        return piece;
    }

    plugin::Error bad(std::string_view word) const {
        return plugin::Error(REKAM_E_NOT_READY, kind_.variable() + ": cannot read \"" + std::string(word) + "\"");
    }

  private:
    void set(DeviceSpec& spec, std::string_view word) const {
        const std::size_t equals = word.find('=');
        if (equals == std::string_view::npos)
            throw bad(word);
        const std::string_view key = word.substr(0, equals), value = word.substr(equals + 1);
        for (const auto& [name, member] : {std::pair{"id", &DeviceSpec::id},
                                           {"make", &DeviceSpec::make},
                                           {"model", &DeviceSpec::model},
                                           {"serial", &DeviceSpec::serial},
                                           {"firmware", &DeviceSpec::firmware},
                                           {"visitor", &DeviceSpec::visitor},
                                           {"spool", &DeviceSpec::spool}})
            if (key == name) {
                spec.*member = value;
                return;
            }
        for (const auto& [name, member] : {std::pair{"open_ms_max", &DeviceSpec::open_ms_max},
                                           {"health_ms_max", &DeviceSpec::health_ms_max},
                                           {"seed", &DeviceSpec::seed}})
            if (key == name) {
                spec.*member = number(word, value);
                return;
            }
        if (key == "health_beside")
            spec.health_beside = number(word, value) != 0;
        else
            set_own(spec, word, key, value);
    }

    void set_own(DeviceSpec& spec, std::string_view word, std::string_view key, std::string_view value) const {
        const auto known = std::ranges::find(kind_.keys, key, &SpecKey::name);
        if (known == kind_.keys.end())
            throw bad(word);
        if (!known->words.empty()) {
            if (std::ranges::find(known->words, value) == known->words.end())
                throw bad(word);
            spec.words.find(key)->second = value;
            return;
        }
        const uint32_t given = number(word, value);
        if (given < known->low || given > known->high)
            throw bad(word);
        spec.numbers.find(key)->second = given;
    }

    uint32_t number(std::string_view word, std::string_view text) const {
        uint32_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size())
            throw bad(word);
        return value;
    }

    const Kind& kind_;
};

} // namespace

std::string Kind::variable() const {
    std::string text = "REKAM_MOCK_";
    for (const char c : name)
        text += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return text;
}

plugin::DeviceInfo DeviceSpec::info() const {
    plugin::DeviceInfo info;
    info.functions = functions;
    info.open_ms_max = open_ms_max;
    info.health_ms_max = health_ms_max;
    info.health_beside = health_beside ? 1u << REKAM_LEVEL_SELF : 0u;
    plugin::put_text(info.id, id);
    plugin::put_text(info.make, make);
    plugin::put_text(info.model, model);
    plugin::put_text(info.serial, serial);
    plugin::put_text(info.firmware, firmware);
    plugin::put_text(info.physical, "mock:" + id);
    return info;
}

std::vector<DeviceSpec> parse_spec(const Kind& kind, std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.remove_suffix(1);
    if (text.empty())
        text = kind.usual_devices;
    std::vector<DeviceSpec> devices;
    if (text == "none")
        return devices;
    const Parser parser(kind);
    while (!text.empty())
        devices.push_back(parser.device(Parser::take(text, ';')));
    return devices;
}

std::vector<DeviceSpec> read_spec(const Kind& kind) {
    const char* value = std::getenv(kind.variable().c_str());
    const std::string text = value ? value : "";
    if (!text.starts_with('@'))
        return parse_spec(kind, text);
    std::ifstream file(text.substr(1));
    if (!file)
        throw Parser(kind).bad(text);
    return parse_spec(kind, std::string(std::istreambuf_iterator<char>(file), {}));
}

} // namespace rekam::mock
