// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/card/spec.h"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace rekam::mock_card {
namespace {

plugin::Error bad(std::string_view word) {
    return plugin::Error(REKAM_E_NOT_READY, "the mock's specification: cannot read \"" + std::string(word) + "\"");
}

uint32_t number(std::string_view word, std::string_view text) {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        throw bad(word);
    return value;
}

std::string_view take(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return piece;
}

void set(Spec& spec, std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
        throw bad(word);
    const std::string_view key = word.substr(0, equals), value = word.substr(equals + 1);
    if (key == "id")
        spec.id = value;
    else if (key == "make" && (value == "kartu" || value == "cetak"))
        spec.make = value;
    else if (key == "state")
        spec.state = value;
    else if (key == "cards")
        spec.cards = number(word, value);
    else if (key == "ribbon")
        spec.ribbon = number(word, value);
    else if (key == "step_ms")
        spec.step_ms = number(word, value);
    else
        throw bad(word);
}

} // namespace

std::vector<Spec> read_specs(const char* variable) {
    const char* value = std::getenv(variable);
    std::string text = value ? value : "";
    if (text.starts_with('@')) {
        std::ifstream file(text.substr(1));
        if (!file)
            throw bad(text);
        text.assign(std::istreambuf_iterator<char>(file), {});
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    std::vector<Spec> specs;
    std::string_view rest = text;
    while (!rest.empty()) {
        std::string_view words = take(rest, ';');
        Spec spec;
        while (!words.empty())
            set(spec, take(words, ','));
        if (spec.id.empty() || spec.state.empty())
            throw bad("a device without id or state");
        specs.push_back(std::move(spec));
    }
    return specs;
}

} // namespace rekam::mock_card
