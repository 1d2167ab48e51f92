// SPDX-License-Identifier: Apache-2.0
#include "core/model/vocabulary.h"

#include <algorithm>
#include <array>

namespace rekam::model {
namespace {

using Word = std::string_view;

constexpr std::array<Word, 23> subject_words{"face",
                                             "face.exception",
                                             "finger.left-thumb",
                                             "finger.left-index",
                                             "finger.left-middle",
                                             "finger.left-ring",
                                             "finger.left-little",
                                             "finger.right-thumb",
                                             "finger.right-index",
                                             "finger.right-middle",
                                             "finger.right-ring",
                                             "finger.right-little",
                                             "slap.left",
                                             "slap.right",
                                             "slap.thumbs",
                                             "eye.left",
                                             "eye.right",
                                             "eye.both",
                                             "signature",
                                             "document.front",
                                             "document.back",
                                             "document.page",
                                             "card"};

constexpr std::array<Word, 25> guidance_words{
    "place",         "lift",         "move-left",  "move-right",    "move-up",   "move-down",   "closer",
    "away",          "slower",       "faster",     "hold-still",    "look-here", "open-eyes",   "press-harder",
    "press-lighter", "wrong-finger", "too-few",    "clean-surface", "sign-now",  "insert-card", "remove-card",
    "load-cards",    "load-ribbon",  "load-paper", "close-cover"};
constexpr std::array<Word, 4> button_words{"button-clear", "button-accept", "button-cancel", "button-retry"};

constexpr std::array<Word, 4> left_fingers{"finger.left-index", "finger.left-middle", "finger.left-ring",
                                           "finger.left-little"};
constexpr std::array<Word, 4> right_fingers{"finger.right-index", "finger.right-middle", "finger.right-ring",
                                            "finger.right-little"};
constexpr std::array<Word, 2> thumbs{"finger.left-thumb", "finger.right-thumb"};
constexpr std::array<Word, 2> eyes{"eye.left", "eye.right"};

constexpr auto all_guidance = [] {
    std::array<Word, guidance_words.size() + button_words.size()> all{};
    std::copy(guidance_words.begin(), guidance_words.end(), all.begin());
    std::copy(button_words.begin(), button_words.end(), all.begin() + guidance_words.size());
    return all;
}();

} // namespace

std::span<const Word> subjects() { return subject_words; }

bool is_subject(Word word) { return std::ranges::find(subjects(), word) != subjects().end(); }

std::span<const Word> subject_parts(Word subject) {
    if (subject == "slap.left")
        return left_fingers;
    if (subject == "slap.right")
        return right_fingers;
    if (subject == "slap.thumbs")
        return thumbs;
    if (subject == "eye.both")
        return eyes;
    const auto own = std::ranges::find(subject_words, subject);
    return own == subject_words.end() ? std::span<const Word>{} : std::span<const Word>(&*own, 1);
}

bool subject_fits(Function function, Word subject) {
    switch (function) {
    case Function::camera: return subject.starts_with("face") || subject.starts_with("document.");
    case Function::fingerprint: return subject.starts_with("finger.") || subject.starts_with("slap.");
    case Function::iris: return subject.starts_with("eye.");
    case Function::signature: return subject == "signature";
    case Function::document: return subject.starts_with("document.");
    case Function::card_printer:
    case Function::card_reader: return subject == "card";
    case Function::mrz_reader: return subject.starts_with("document.");
    }
    return false;
}

std::span<const Word> guidance() { return all_guidance; }

bool is_guidance(Word word) { return std::ranges::find(all_guidance, word) != all_guidance.end(); }

} // namespace rekam::model
