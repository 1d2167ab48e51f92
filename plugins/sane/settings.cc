// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/settings.h"

#include "plugins/sane/geometry.h"

#include <sane/saneopts.h>

#include <algorithm>
#include <cmath>

namespace rekam::sane {
namespace {

std::string words_of(const std::vector<Choice>& choices) {
    std::string all;
    for (const Choice& choice : choices)
        all += (all.empty() ? "" : ", ") + choice.word;
    return all;
}

} // namespace

Settings::Settings(Backend& backend, std::string type) : backend_(backend), type_(std::move(type)) { learn(); }

/// The default of an option that was inactive so far is what it reads the first time that it is active.
void Settings::learn() {
    for (Setting& setting : backend_.values())
        if (std::ranges::find(defaults_, setting.option, &Setting::option) == defaults_.end())
            defaults_.push_back(std::move(setting));
}

void Settings::restore() {
    // Twice: an option that is inactive now may become active by restoring another one.
    for (int round = 0; round < 2; ++round) {
        learn();
        for (const Setting& setting : defaults_) {
            const Option* option = find_usable(backend_.options(), setting.option);
            if (!option || backend_.read(*option) == setting.value || !permits(*option, setting.value))
                continue;
            backend_.write(setting.option, setting.value, setting.option);
        }
    }
}

std::string Settings::source_now() {
    const auto choices = source_choices(backend_.options(), type_);
    const Choice* choice = current(choices, backend_.values());
    return choice ? choice->word : "";
}

std::string Settings::mode_now() {
    const auto choices = mode_choices(backend_.options());
    const Choice* choice = current(choices, backend_.values());
    return choice ? choice->word : "";
}

void Settings::choose(const std::vector<Choice>& choices, const std::string& key, const std::string& word) {
    const Choice* choice = find(choices, word);
    if (!choice)
        throw choices.empty() ? plugin::unsupported(key) : plugin::out_of_range(key, "one of " + words_of(choices));
    for (const Setting& setting : choice->settings) {
        const Value actual = backend_.write(setting.option, setting.value, key);
        if (actual != setting.value)
            throw plugin::out_of_range(key,
                                       "something else: the scanner set " + setting.option + " to " + text_of(actual));
    }
    learn();
}

void Settings::choose_depth(const Wanted& wanted) {
    const std::string mode = wanted.mode ? *wanted.mode : mode_now();
    const std::vector<int> allowed = depths(backend_.options(), mode);
    if (wanted.depth && std::ranges::find(allowed, *wanted.depth) == allowed.end()) {
        std::string list;
        for (const int depth : allowed)
            list += (list.empty() ? "" : ", ") + std::to_string(depth);
        throw plugin::out_of_range("depth", "one of " + list + " with these settings");
    }
    const Option* option = find_usable(backend_.options(), SANE_NAME_BIT_DEPTH);
    if (!option || mode == "lineart" || allowed.empty())
        return;
    int depth = wanted.depth.value_or(0);
    if (depth == 0) {
        const auto now = backend_.read(*option);
        const auto is_now = [&](int bits) { return now && *now == Value(static_cast<double>(bits)); };
        if (std::ranges::any_of(allowed, is_now))
            return;
        depth = std::ranges::find(allowed, 8) != allowed.end() ? 8 : allowed.front();
    }
    const Value actual = backend_.write(SANE_NAME_BIT_DEPTH, static_cast<double>(depth), "depth");
    if (actual != Value(static_cast<double>(depth)))
        throw plugin::out_of_range("depth", "something else: the scanner set it to " + text_of(actual));
}

void Settings::set_vendor(const std::vector<VendorKey>& vendor) {
    const auto sources = source_choices(backend_.options(), type_);
    std::vector<VendorKey> left = vendor;
    // One may make another one active, in whatever order they came.
    while (!left.empty()) {
        const std::size_t before = left.size();
        std::erase_if(left, [&](const VendorKey& key) {
            const Option* option = find_usable(backend_.options(), key.option);
            if (!option || !is_vendor_option(*option, sources))
                return false;
            const Option described = *option;
            const Value asked = vendor_value(key, described);
            const Value actual = backend_.write(key.option, asked, key.key);
            if (!is_honoured(described, asked, actual))
                throw plugin::out_of_range(key.key, "something else: the scanner set it to " + text_of(actual));
            learn();
            return true;
        });
        if (left.size() == before)
            throw plugin::Error(REKAM_E_UNSUPPORTED_PARAMETER,
                                "this scanner has no " + left.front().key + " with these settings")
                .parameter(left.front().key);
    }
}

double Settings::dpi(const char* axis_option) {
    for (const char* name : {axis_option, SANE_NAME_SCAN_RESOLUTION, SANE_NAME_SCAN_X_RESOLUTION})
        if (const Option* option = find(backend_.options(), name))
            if (const auto value = backend_.read(*option))
                if (const double* number = std::get_if<double>(&*value))
                    return *number;
    return 0;
}

void Settings::set_dpi(int dpi) {
    bool any = false;
    for (const char* name : {SANE_NAME_SCAN_RESOLUTION, SANE_NAME_SCAN_X_RESOLUTION, SANE_NAME_SCAN_Y_RESOLUTION}) {
        const Option* found = find_usable(backend_.options(), name);
        if (!found)
            continue;
        any = true;
        const Option option = *found;
        const Value asked = static_cast<double>(dpi);
        const Value actual = backend_.write(name, asked, "dpi");
        if (!is_honoured(option, asked, actual))
            throw plugin::out_of_range("dpi", "something else: the scanner set it to " + text_of(actual));
    }
    if (!any)
        throw plugin::unsupported("dpi");
}

void Settings::set_edge(const Option& edge, double value, const char* key) {
    const double clamped = std::clamp(value, edge.range->min, edge.range->max);
    const Value actual = backend_.write(edge.name, clamped, key);
    if (!is_honoured(edge, clamped, actual))
        throw plugin::out_of_range(key, "something else: the scanner moved this edge to " + text_of(actual));
}

void Settings::set_area(const Area& area) {
    const Options options = backend_.options();
    const Edges edge = edges(options);
    if (!edge)
        throw plugin::unsupported("area");
    const double dpi_x = dpi(SANE_NAME_SCAN_X_RESOLUTION), dpi_y = dpi(SANE_NAME_SCAN_Y_RESOLUTION);
    const Extent bed = extent(options, dpi_x, dpi_y);
    if (area.x_um + area.width_um > bed.width_um)
        throw plugin::out_of_range("area.width_um", "at most " + std::to_string(bed.width_um) + " with x_um");
    if (area.y_um + area.height_um > bed.height_um)
        throw plugin::out_of_range("area.height_um", "at most " + std::to_string(bed.height_um) + " with y_um");
    // The far edges go out of the way first: some scanners refuse or swap edges that cross.
    set_edge(*edge.right, edge.right->range->max, "area.width_um");
    set_edge(*edge.bottom, edge.bottom->range->max, "area.height_um");
    const auto place = [](const Option& near, int64_t um, double at) {
        return near.range->min + static_cast<double>(um) / um_per_unit(near, at);
    };
    set_edge(*edge.left, place(*edge.left, area.x_um, dpi_x), "area.x_um");
    set_edge(*edge.top, place(*edge.top, area.y_um, dpi_y), "area.y_um");
    set_edge(*edge.right, place(*edge.left, area.x_um + area.width_um, dpi_x), "area.width_um");
    set_edge(*edge.bottom, place(*edge.top, area.y_um + area.height_um, dpi_y), "area.height_um");
}

Area Settings::read_area() {
    const Options options = backend_.options();
    const Edges edge = edges(options);
    if (!edge)
        return {};
    const double dpi_x = dpi(SANE_NAME_SCAN_X_RESOLUTION), dpi_y = dpi(SANE_NAME_SCAN_Y_RESOLUTION);
    const auto at = [&](const Option& option, const Option& near, double resolution) {
        const auto value = backend_.read(option);
        const double* number = value ? std::get_if<double>(&*value) : nullptr;
        return number ? to_um(option, *number - near.range->min, resolution) : 0;
    };
    Area area{at(*edge.left, *edge.left, dpi_x), at(*edge.top, *edge.top, dpi_y), 0, 0};
    area.width_um = at(*edge.right, *edge.left, dpi_x) - area.x_um;
    area.height_um = at(*edge.bottom, *edge.top, dpi_y) - area.y_um;
    return area;
}

Applied Settings::read_back(const Wanted& wanted) {
    Applied applied;
    applied.source = source_now();
    if (wanted.source && applied.source != *wanted.source)
        throw plugin::out_of_range("source", "something else: another setting changed it to " + applied.source);
    const std::string mode = mode_now();
    if (wanted.mode && mode != *wanted.mode)
        throw plugin::out_of_range("mode", "something else: another setting changed it to " + mode);
    applied.feeder = is_feeder(applied.source);
    if (applied.source.empty())
        if (const Option* source = find(backend_.options(), SANE_NAME_SCAN_SOURCE))
            if (const auto raw = backend_.read(*source); raw && std::holds_alternative<std::string>(*raw)) {
                const std::string text = lower(std::get<std::string>(*raw));
                applied.feeder = text.find("adf") != std::string::npos || text.find("feeder") != std::string::npos;
            }
    applied.duplex = applied.source == "feeder-duplex";
    applied.pages_max = applied.feeder ? wanted.pages_max.value_or(0) : 1;
    if (!applied.feeder && wanted.pages_max.value_or(1) != 1)
        throw plugin::out_of_range("pages_max", "1 without a feeder");
    applied.dpi_x = static_cast<uint32_t>(std::lround(dpi(SANE_NAME_SCAN_X_RESOLUTION)));
    applied.dpi_y = static_cast<uint32_t>(std::lround(dpi(SANE_NAME_SCAN_Y_RESOLUTION)));
    if (wanted.mode)
        applied.channels = *wanted.mode == "color" ? 3 : 1;
    if (wanted.depth)
        applied.bits = static_cast<uint32_t>(*wanted.depth);
    if (wanted.area && read_area() != *wanted.area)
        applied.area = read_area();
    return applied;
}

Applied Settings::apply(const Wanted& wanted) {
    restore();
    if (wanted.source)
        choose(source_choices(backend_.options(), type_), "source", *wanted.source);
    if (wanted.mode)
        choose(mode_choices(backend_.options()), "mode", *wanted.mode);
    if (wanted.mode || wanted.depth)
        choose_depth(wanted);
    set_vendor(wanted.vendor);
    if (wanted.dpi)
        set_dpi(*wanted.dpi);
    if (wanted.area)
        set_area(*wanted.area);
    return read_back(wanted);
}

Applied Settings::apply_smallest() {
    restore();
    if (find_usable(backend_.options(), SANE_NAME_PREVIEW))
        backend_.write(SANE_NAME_PREVIEW, true, SANE_NAME_PREVIEW);
    const DpiRule rule = dpi_rule(backend_.options());
    if (rule.known())
        set_dpi(rule.list.empty() ? std::max(rule.min, std::min(rule.max, 50)) : rule.list.front());
    const Extent bed = extent(backend_.options(), dpi(SANE_NAME_SCAN_X_RESOLUTION), dpi(SANE_NAME_SCAN_Y_RESOLUTION));
    if (bed.width_um > 0 && bed.height_um > 0)
        set_area({0, 0, std::min<int64_t>(bed.width_um, 20'000), std::min<int64_t>(bed.height_um, 10'000)});
    return read_back({});
}

bool Settings::changed() {
    restore();
    return backend_.options() != probed_;
}

SourceFacts Settings::probe_source(const std::string& word) {
    SourceFacts facts;
    facts.source = word;
    facts.extent = extent(backend_.options(), dpi(SANE_NAME_SCAN_X_RESOLUTION), dpi(SANE_NAME_SCAN_Y_RESOLUTION));
    for (const Choice& mode : mode_choices(backend_.options())) {
        try {
            choose(mode_choices(backend_.options()), "mode", mode.word);
        } catch (const plugin::Error&) {
            continue; // not with this source, whatever the descriptor says
        }
        facts.modes.push_back({mode.word, depths(backend_.options(), mode.word), dpi_rule(backend_.options())});
    }
    if (facts.modes.empty())
        facts.modes.push_back({"", depths(backend_.options(), ""), dpi_rule(backend_.options())});
    return facts;
}

Facts Settings::probe() {
    Facts facts;
    for (const Choice& source : source_choices(backend_.options(), type_)) {
        restore();
        try {
            choose(source_choices(backend_.options(), type_), "source", source.word);
        } catch (const plugin::Error&) {
            continue; // a feeder that is not attached
        }
        facts.sources.push_back(probe_source(source.word));
    }
    restore();
    if (facts.sources.empty())
        facts.sources.push_back(probe_source(""));
    restore();
    probed_ = backend_.options();
    facts.source = source_now();
    facts.mode = mode_now();
    facts.dpi = static_cast<int>(std::lround(dpi(SANE_NAME_SCAN_X_RESOLUTION)));
    if (const Option* depth = find(probed_, SANE_NAME_BIT_DEPTH))
        if (const auto value = backend_.read(*depth); value && std::holds_alternative<double>(*value))
            facts.depth = static_cast<int>(std::get<double>(*value));
    if (edges(probed_))
        facts.area = read_area();
    const auto sources = source_choices(probed_, type_);
    for (const Option& option : probed_)
        if (is_vendor_option(option, sources))
            facts.vendor.push_back({option, backend_.read(option)});
    return facts;
}

} // namespace rekam::sane
