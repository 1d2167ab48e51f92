// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/words.h"

#include <sane/saneopts.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace rekam::sane {
namespace {

bool has_any(std::string_view text, std::initializer_list<std::string_view> parts) {
    return std::ranges::any_of(parts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

bool is_any(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

void offer(std::vector<Choice>& choices, const std::string& word, std::vector<Setting> settings) {
    if (!find(choices, word))
        choices.push_back({word, std::move(settings)});
}

/// epson2 and its kin choose the sides in an option of their own.
std::optional<Setting> duplex_switch(const Options& options) {
    if (const Option* mode = find(options, "adf-mode"); mode && mode->settable)
        for (const std::string& text : mode->texts)
            if (lower(text).find("duplex") != std::string::npos)
                return Setting{mode->name, text};
    if (const Option* flag = find(options, "duplex"); flag && flag->settable && flag->type == Type::boolean)
        return Setting{flag->name, true};
    return std::nullopt;
}

std::optional<Setting> simplex_switch(const Options& options) {
    if (const Option* mode = find(options, "adf-mode"); mode && mode->settable)
        for (const std::string& text : mode->texts)
            if (lower(text).find("simplex") != std::string::npos)
                return Setting{mode->name, text};
    if (const Option* flag = find(options, "duplex"); flag && flag->settable && flag->type == Type::boolean)
        return Setting{flag->name, false};
    return std::nullopt;
}

/// Where the back end has a separate switch for the sides, feeder-duplex is the feeder with that switch on.
void add_duplex_switch(std::vector<Choice>& choices, const Options& options) {
    const auto duplex = duplex_switch(options);
    const auto feeder = std::ranges::find(choices, std::string("feeder"), &Choice::word);
    if (!duplex || feeder == choices.end() || find(choices, "feeder-duplex"))
        return;
    Choice both{"feeder-duplex", feeder->settings};
    both.settings.push_back(*duplex);
    if (const auto simplex = simplex_switch(options))
        feeder->settings.push_back(*simplex);
    choices.push_back(std::move(both));
}

} // namespace

std::optional<std::string> source_word(std::string_view raw) {
    const std::string text = lower(raw);
    // One side alone from behind is none of the words: who asks for a feeder expects the front.
    if (has_any(text, {"back", "rear"}))
        return std::nullopt;
    const bool feeder = has_any(text, {"adf", "feeder", "document feed", "sheetfed"});
    if (has_any(text, {"duplex"}) && !has_any(text, {"card"}))
        return "feeder-duplex";
    if (feeder)
        return "feeder";
    if (has_any(text, {"flatbed", "platen", "document table", "opaque"}) || is_any(text, {"fb", "normal", "table"}))
        return "flatbed";
    if (has_any(text, {"camera"}))
        return "camera";
    return std::nullopt;
}

std::optional<std::string> mode_word(std::string_view raw) {
    const std::string text = lower(raw);
    if (has_any(text, {"halftone", "error diffusion", "dither", "infrared"}))
        return std::nullopt;
    if (has_any(text, {"lineart", "line art", "binary", "black & white", "black and white", "monochrome", "bilevel"}) ||
        is_any(text, {"b/w", "bw", "mono", "text"}))
        return text.find("color") == std::string::npos ? std::optional<std::string>("lineart") : std::nullopt;
    if (has_any(text, {"gray", "grey"}))
        return "gray";
    if (has_any(text, {"color", "colour", "rgb"}))
        return "color";
    return std::nullopt;
}

std::vector<Choice> source_choices(const Options& options, std::string_view device_type) {
    std::vector<Choice> choices;
    const Option* source = find_usable(options, SANE_NAME_SCAN_SOURCE);
    if (source && !source->texts.empty()) {
        for (const std::string& text : source->texts)
            if (const auto word = source_word(text))
                offer(choices, *word, {{source->name, text}});
    } else if (!source) {
        const std::string type = lower(device_type);
        // A host that opens without listing does not know the type; only what pulls paper in has a sensor for it.
        const Option *page = find(options, "page-loaded"), *feeder = find(options, "adf-loaded");
        const bool pulls_paper = type.empty() && ((page && page->active) || (feeder && feeder->active));
        if (pulls_paper || has_any(type, {"sheetfed", "feeder", "adf"}))
            offer(choices, "feeder", {});
        else if (!has_any(type, {"hand", "film", "frame grabber"}))
            offer(choices, "flatbed", {});
    }
    add_duplex_switch(choices, options);
    return choices;
}

std::vector<Choice> mode_choices(const Options& options) {
    std::vector<Choice> choices;
    const Option* mode = find_usable(options, SANE_NAME_SCAN_MODE);
    if (!mode)
        return choices;
    for (const std::string& text : mode->texts)
        if (const auto word = mode_word(text))
            offer(choices, *word, {{mode->name, text}});
    const Option* depth = find(options, SANE_NAME_BIT_DEPTH);
    const Choice* gray = find(choices, "gray");
    if (depth && depth->settable && gray && permits(*depth, 1.0)) {
        Choice lineart{"lineart", gray->settings};
        lineart.settings.push_back({depth->name, 1.0});
        offer(choices, "lineart", lineart.settings);
    }
    return choices;
}

std::vector<int> depths(const Options& options, std::string_view mode) {
    if (mode == "lineart")
        return {1};
    const Option* depth = find_usable(options, SANE_NAME_BIT_DEPTH);
    if (!depth)
        return {8};
    std::vector<int> found;
    for (const int bits : {1, 8, 16})
        if (permits(*depth, static_cast<double>(bits)) && !(mode == "gray" && bits == 1))
            found.push_back(bits);
    return found;
}

const Choice* find(const std::vector<Choice>& choices, std::string_view word) {
    const auto at = std::ranges::find(choices, word, &Choice::word);
    return at == choices.end() ? nullptr : &*at;
}

const Choice* current(const std::vector<Choice>& choices, const std::vector<Setting>& values) {
    // The choice with the most settings first: gray with a depth of 1 is lineart, not gray.
    const Choice* best = nullptr;
    for (const Choice& choice : choices) {
        const bool in_force = std::ranges::all_of(choice.settings, [&](const Setting& setting) {
            return std::ranges::find(values, setting) != values.end();
        });
        if (in_force && (!best || choice.settings.size() > best->settings.size()))
            best = &choice;
    }
    return best;
}

bool has_unnamed_texts(const Option& option) {
    std::vector<std::string> seen;
    for (const std::string& text : option.texts) {
        const auto word = option.name == SANE_NAME_SCAN_SOURCE ? source_word(text) : mode_word(text);
        if (!word || std::ranges::find(seen, *word) != seen.end())
            return true;
        seen.push_back(*word);
    }
    return false;
}

bool is_feeder(std::string_view source) { return source == "feeder" || source == "feeder-duplex"; }

} // namespace rekam::sane
