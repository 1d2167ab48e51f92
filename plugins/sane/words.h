// SPDX-License-Identifier: Apache-2.0 OR MIT
// From the words of many back ends to those of the vocabulary: source, mode, depth. Pure.
#pragma once

#include "plugins/sane/options.h"

namespace rekam::sane {

struct Setting {
    std::string option;
    Value value;
    bool operator==(const Setting&) const = default;
};

/// A word of the vocabulary and what to set for it. No settings: the scanner can do nothing else anyway.
struct Choice {
    std::string word;
    std::vector<Setting> settings;
    bool operator==(const Choice&) const = default;
};

/// The vocabulary's word for a back end's text, or nothing: "ADF Duplex" is feeder-duplex, "Transparency Unit" none.
std::optional<std::string> source_word(std::string_view text);
std::optional<std::string> mode_word(std::string_view text);

/// What the options allow now. type: SANE_Device.type, which tells where there is no option for the source.
std::vector<Choice> source_choices(const Options& options, std::string_view device_type);
/// lineart is also offered where gray can be had with a depth of 1.
std::vector<Choice> mode_choices(const Options& options);
/// The depths of the vocabulary that the scanner has in this mode, smallest first.
std::vector<int> depths(const Options& options, std::string_view mode);

const Choice* find(const std::vector<Choice>& choices, std::string_view word);
/// The choice whose settings are all in force; values: what the options read now.
const Choice* current(const std::vector<Choice>& choices, const std::vector<Setting>& values);

/// Texts of `source` or `mode` that no word stands for: reachable by "sane:source" and "sane:mode" only.
bool has_unnamed_texts(const Option& option);
bool is_feeder(std::string_view source);

} // namespace rekam::sane
