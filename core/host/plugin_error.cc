// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/plugin_error.h"

#include "core/host/text.h"

#include <algorithm>
#include <array>

namespace rekam::host {
namespace {

using model::Code;

struct Entry {
    std::uint32_t number;
    std::string_view word;
    bool only_station;
};

constexpr bool origin_PLUGIN = false, origin_STATION = true;
#define REKAM_HOST_ENTRY(id, number, word, class_, retry, origin) Entry{number, word, origin_##origin},
constexpr std::array entries{REKAM_ERROR_LIST(REKAM_HOST_ENTRY)};
#undef REKAM_HOST_ENTRY

const Entry* entry_of(std::uint32_t number) {
    const auto* found = std::ranges::find(entries, number, &Entry::number);
    return found == entries.end() ? nullptr : found;
}

} // namespace

rekam_error_t empty_error() {
    rekam_error_t error{};
    error.size = sizeof error;
    return error;
}

std::optional<Code> code_of(std::uint32_t number) {
    const Entry* entry = entry_of(number);
    return entry ? model::parse<Code>(entry->word) : std::nullopt;
}

std::uint32_t number_of(Code code) {
    const auto* found = std::ranges::find(entries, model::name(code), &Entry::word);
    return found == entries.end() ? static_cast<std::uint32_t>(REKAM_E_INTERNAL) : found->number;
}

wire::Failure failure_of(Code code, std::string message) {
    wire::Failure failure;
    failure.code = code;
    failure.message = std::move(message);
    return failure;
}

wire::Failure failure_of(std::uint32_t returned, const rekam_error_t& error) {
    const Entry* entry = entry_of(returned);
    wire::Failure failure;
    failure.code = code_of(returned).value_or(Code::device_error);
    failure.message = clean_array(error.message);
    if (failure.message.empty())
        failure.message = "the plugin gave no reason";
    if (error.parameter[0] != '\0')
        failure.message = clean_array(error.parameter) + ": " + failure.message;
    if (entry && entry->only_station) {
        failure.code = Code::broken_promise;
        failure.message =
            "the plugin reported " + std::string(entry->word) + ", which only the station can: " + failure.message;
    }
    failure.hint = optional_text(error.hint);
    if (error.effect <= REKAM_EFFECT_UNKNOWN)
        failure.effect = static_cast<model::Effect>(error.effect);
    else
        failure.effect = model::Effect::unknown; // a word of a later ABI: nothing is certain
    if (error.vendor_code != 0)
        failure.vendor_code = error.vendor_code;
    else if (!entry)
        failure.vendor_code = returned;
    return failure;
}

} // namespace rekam::host
