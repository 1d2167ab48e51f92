// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/capabilities.h"

#include "plugins/sane/geometry.h"
#include "plugins/sane/json.h"

#include <sane/saneopts.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace rekam::sane {
namespace {

constexpr std::size_t text_max = 36 * 1024; // the ABI takes 40 KiB
constexpr int dpi_max = 9'600;              // the vocabulary's own bound

template <class T> void unite(std::vector<T>& into, const std::vector<T>& from) {
    for (const T& one : from)
        if (std::ranges::find(into, one) == into.end())
            into.push_back(one);
}

constexpr std::size_t enum_max = 256; // what a published rule may list

/// What a client may name: see vendor_key in the published schemas.
bool is_key(std::string_view name) {
    const auto letter_or_digit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() + vendor_prefix.size() <= 64 && letter_or_digit(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

/// The loosest rule that allows what either allows.
DpiRule united(const DpiRule& a, const DpiRule& b) {
    if (!a.known() || a == b)
        return b;
    if (!b.known())
        return a;
    DpiRule both;
    if (!a.list.empty() && !b.list.empty()) {
        both.list = a.list;
        unite(both.list, b.list);
        std::ranges::sort(both.list);
        return both;
    }
    const auto low = [](const DpiRule& rule) { return rule.list.empty() ? rule.min : rule.list.front(); };
    const auto high = [](const DpiRule& rule) { return rule.list.empty() ? rule.max : rule.list.back(); };
    both.min = std::min(low(a), low(b));
    both.max = std::max(high(a), high(b));
    return both;
}

std::string dpi_json(const DpiRule& rule, int initial) {
    Members rules{{"type", json_text("integer")}};
    if (!rule.list.empty()) {
        rules.add("enum", json_list(rule.list));
    } else {
        rules.add("minimum", std::to_string(rule.min));
        rules.add("maximum", std::to_string(rule.max));
        if (rule.step > 1)
            rules.add("multipleOf", std::to_string(rule.step));
    }
    const bool fits = rule.list.empty() ? initial >= rule.min && initial <= rule.max
                                        : std::ranges::find(rule.list, initial) != rule.list.end();
    if (initial > 0 && fits)
        rules.add("default", std::to_string(initial));
    return rules.object();
}

std::string depth_json(const std::vector<int>& depths, int initial) {
    Members rules{{"type", json_text("integer")}, {"enum", json_list(depths)}};
    if (std::ranges::find(depths, initial) != depths.end())
        rules.add("default", std::to_string(initial));
    return rules.object();
}

std::string words_json(const std::vector<std::string>& words, const std::string& initial) {
    Members rules{{"type", json_text("string")}, {"enum", json_list(words)}};
    if (!initial.empty())
        rules.add("default", json_text(initial));
    return rules.object();
}

std::string length_json(int64_t min, int64_t max) {
    return Members{{"type", json_text("integer")}, {"minimum", std::to_string(min)}, {"maximum", std::to_string(max)}}
        .object();
}

std::string area_json(const Extent& bed, const std::optional<Area>& initial) {
    Members edges{{"x_um", length_json(0, bed.width_um - 1)},
                  {"y_um", length_json(0, bed.height_um - 1)},
                  {"width_um", length_json(1, bed.width_um)},
                  {"height_um", length_json(1, bed.height_um)}};
    Members rules{{"type", json_text("object")}, {"properties", edges.object()}};
    if (initial)
        rules.add("default", Members{{"x_um", std::to_string(initial->x_um)},
                                     {"y_um", std::to_string(initial->y_um)},
                                     {"width_um", std::to_string(initial->width_um)},
                                     {"height_um", std::to_string(initial->height_um)}}
                                 .object());
    return rules.object();
}

std::string pages_json(bool feeder) { return length_json(1, feeder ? 999 : 1); }

std::string value_json(const Value& value) {
    return std::holds_alternative<std::string>(value) ? json_text(utf8(std::get<std::string>(value))) : text_of(value);
}

std::string vendor_json(const VendorOption& vendor) {
    const Option& option = vendor.option;
    const bool whole = option.type == Type::integer;
    Members rules{{"type", json_text(option.type == Type::boolean ? "boolean"
                                     : option.type == Type::text  ? "string"
                                     : whole                      ? "integer"
                                                                  : "number")}};
    std::vector<std::string> texts;
    for (const std::string& text : option.texts)
        unite(texts, {utf8(text)});
    std::vector<double> numbers;
    unite(numbers, option.numbers);
    if (!texts.empty() && texts.size() <= enum_max) {
        rules.add("enum", json_list(texts));
    } else if (!numbers.empty() && numbers.size() <= enum_max) {
        rules.add("enum", json_list(numbers));
    } else if (option.range) {
        rules.add("minimum", number_text(option.range->min));
        rules.add("maximum", number_text(option.range->max));
        if (whole && option.range->quant > 1 && std::fmod(option.range->min, option.range->quant) == 0)
            rules.add("multipleOf", number_text(option.range->quant));
    }
    if (vendor.initial && permits(option, *vendor.initial))
        rules.add("default", value_json(*vendor.initial));
    return rules.object();
}

/// What all sources and modes allow together; the conditional sets narrow it.
struct Union {
    std::vector<std::string> sources, modes;
    std::vector<int> depths;
    DpiRule dpi;
    Extent extent;
    bool feeder = false;
};

DpiRule dpi_of(const SourceFacts& source) {
    DpiRule rule;
    for (const ModeFacts& mode : source.modes)
        rule = united(rule, mode.dpi);
    return rule;
}

Union unite_all(const Facts& facts) {
    Union all;
    for (const SourceFacts& source : facts.sources) {
        if (!source.source.empty())
            all.sources.push_back(source.source);
        all.feeder = all.feeder || is_feeder(source.source);
        all.extent.width_um = std::max(all.extent.width_um, source.extent.width_um);
        all.extent.height_um = std::max(all.extent.height_um, source.extent.height_um);
        all.dpi = united(all.dpi, dpi_of(source));
        for (const ModeFacts& mode : source.modes) {
            if (!mode.mode.empty())
                unite(all.modes, {mode.mode});
            unite(all.depths, mode.depths);
        }
    }
    std::ranges::sort(all.depths);
    return all;
}

void add_set(std::vector<std::string>& sets, const Members& condition, const Members& rules) {
    if (!rules.empty() && !condition.empty())
        sets.push_back(Members{{"if", condition.object()}, {"then", rules.object()}}.object());
}

/// What is narrower with this source, and with its modes.
void add_source_sets(std::vector<std::string>& sets, const SourceFacts& source, const Union& all, bool same_modes) {
    Members condition, rules;
    if (!source.source.empty())
        condition.add("source", json_text(source.source));
    std::vector<std::string> modes;
    for (const ModeFacts& mode : source.modes)
        if (!mode.mode.empty())
            modes.push_back(mode.mode);
    if (modes.size() != all.modes.size())
        rules.add("mode", words_json(modes, ""));
    if (dpi_of(source).known() && dpi_of(source) != all.dpi)
        rules.add("dpi", dpi_json(dpi_of(source), 0));
    if (source.extent.width_um > 0 && source.extent != all.extent)
        rules.add("area", area_json(source.extent, std::nullopt));
    if (all.feeder && !is_feeder(source.source))
        rules.add("pages_max", pages_json(false));
    add_set(sets, condition, rules);
    if (same_modes)
        condition = Members{};
    for (const ModeFacts& mode : source.modes) {
        if (mode.mode.empty())
            continue;
        Members both = condition, narrower;
        both.add("mode", json_text(mode.mode));
        if (mode.depths.size() != all.depths.size())
            narrower.add("depth", depth_json(mode.depths, 0));
        if (mode.dpi.known() && mode.dpi != dpi_of(source))
            narrower.add("dpi", dpi_json(mode.dpi, 0));
        add_set(sets, both, narrower);
    }
}

std::vector<std::string> conditional_sets(const Facts& facts, const Union& all) {
    const bool same_modes = std::ranges::all_of(
        facts.sources, [&](const SourceFacts& source) { return source.modes == facts.sources.front().modes; });
    std::vector<std::string> sets;
    for (const SourceFacts& source : facts.sources) {
        add_source_sets(sets, source, all, same_modes);
    }
    std::vector<std::string> distinct;
    unite(distinct, sets);
    return distinct;
}

} // namespace

DpiRule dpi_rule(const Options& options) {
    const Option* option = find_usable(options, SANE_NAME_SCAN_RESOLUTION);
    if (!option)
        option = find_usable(options, SANE_NAME_SCAN_X_RESOLUTION);
    DpiRule rule;
    if (!option)
        return rule;
    for (const double number : option->numbers)
        if (number >= 1 && number <= dpi_max && number == std::floor(number))
            rule.list.push_back(static_cast<int>(number));
    std::ranges::sort(rule.list);
    rule.list.erase(std::unique(rule.list.begin(), rule.list.end()), rule.list.end());
    if (rule.list.size() > enum_max)
        rule = {{}, rule.list.front(), rule.list.back(), 0};
    if (option->range) {
        rule.min = static_cast<int>(std::ceil(std::clamp(option->range->min, 1.0, double{dpi_max})));
        rule.max = static_cast<int>(std::floor(std::clamp(option->range->max, 1.0, double{dpi_max})));
        const double quant = option->range->quant;
        if (quant > 1 && quant == std::floor(quant) && quant <= dpi_max && std::fmod(option->range->min, quant) == 0)
            rule.step = static_cast<int>(quant);
    } else if (option->numbers.empty()) {
        rule.min = 1;
        rule.max = dpi_max;
    }
    return rule;
}

Edges edges(const Options& options) {
    Edges all{find_usable(options, SANE_NAME_SCAN_TL_X), find_usable(options, SANE_NAME_SCAN_TL_Y),
              find_usable(options, SANE_NAME_SCAN_BR_X), find_usable(options, SANE_NAME_SCAN_BR_Y)};
    if (!all)
        return {};
    for (const Option* edge : {all.left, all.top, all.right, all.bottom})
        if (!edge->range || (edge->unit != SANE_UNIT_MM && edge->unit != SANE_UNIT_PIXEL))
            return {};
    return all;
}

Extent extent(const Options& options, double dpi_x, double dpi_y) {
    const Edges all = edges(options);
    if (!all)
        return {};
    return {to_um(*all.right, all.right->range->max - all.left->range->min, dpi_x),
            to_um(*all.bottom, all.bottom->range->max - all.top->range->min, dpi_y)};
}

bool is_vendor_option(const Option& option, const std::vector<Choice>& sources) {
    constexpr std::array<std::string_view, 9> covered{
        SANE_NAME_BIT_DEPTH, SANE_NAME_SCAN_RESOLUTION, SANE_NAME_SCAN_X_RESOLUTION,
        SANE_NAME_SCAN_TL_X, SANE_NAME_SCAN_TL_Y,       SANE_NAME_SCAN_BR_X,
        SANE_NAME_SCAN_BR_Y, SANE_NAME_PREVIEW,         SANE_NAME_SCAN_Y_RESOLUTION};
    if (option.type == Type::other || !is_key(option.name) || !option.settable || !option.readable)
        return false;
    if (option.name == SANE_NAME_SCAN_SOURCE || option.name == SANE_NAME_SCAN_MODE)
        return has_unnamed_texts(option);
    for (const Choice& choice : sources)
        for (const Setting& setting : choice.settings)
            if (setting.option == option.name)
                return false;
    return std::ranges::find(covered, option.name) == covered.end();
}

std::string capabilities_json(const Facts& facts) {
    const Union all = unite_all(facts);
    Members properties{
        {"formats", "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"" REKAM_FORMAT_RAW "\"]}}"}};
    if (!all.sources.empty())
        properties.add("source", words_json(all.sources, facts.source));
    if (!all.modes.empty())
        properties.add("mode", words_json(all.modes, facts.mode));
    if (!all.depths.empty())
        properties.add("depth", depth_json(all.depths, facts.depth));
    if (all.dpi.known())
        properties.add("dpi", dpi_json(all.dpi, facts.dpi));
    if (all.extent.width_um > 0 && all.extent.height_um > 0)
        properties.add("area", area_json(all.extent, facts.area));
    properties.add("pages_max", pages_json(all.feeder));
    const std::string sets = json_array(conditional_sets(facts, all));
    std::size_t size = properties.object().size() + sets.size();
    for (const VendorOption& vendor : facts.vendor) {
        const std::string name = std::string(vendor_prefix) + utf8(vendor.option.name), rules = vendor_json(vendor);
        size += name.size() + rules.size() + 8;
        if (size < text_max)
            properties.add(name, rules);
    }
    Members schema{{"type", json_text("object")}, {"properties", properties.object()}};
    schema.add("when", sets);
    return schema.object();
}

uint32_t revision_of(const std::string& text) {
    uint32_t hash = 2166136261u; // FNV-1a
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    return hash == 0 ? 1 : hash;
}

} // namespace rekam::sane
