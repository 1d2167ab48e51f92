// SPDX-License-Identifier: Apache-2.0
#include "core/broker/facts.h"

#include "core/wire/json.h"

#include <array>
#include <charconv>

namespace rekam::broker {

Facts::Facts(std::initializer_list<Fact> facts) {
    for (const auto& fact : facts)
        add(fact.name, fact.value);
}

void Facts::add(std::string_view name, const Value& value) {
    begin(name);
    if (const auto* text = std::get_if<std::string_view>(&value.value_)) {
        wire::append_json_string(members_, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&value.value_)) {
        std::array<char, 24> digits{};
        members_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr);
    } else if (const auto* flag = std::get_if<bool>(&value.value_)) {
        members_ += *flag ? "true" : "false";
    } else {
        char separator = '[';
        const auto& texts = std::get<std::span<const std::string>>(value.value_);
        for (const auto& one : texts) {
            members_ += separator;
            wire::append_json_string(members_, one);
            separator = ',';
        }
        members_ += texts.empty() ? "[]" : "]";
    }
}

void Facts::add(std::string_view name, const Facts& object) {
    begin(name);
    members_ += object.object();
}

void Facts::add(const Facts& more) {
    if (more.empty())
        return;
    separate();
    members_ += more.members_;
}

std::string Facts::object() const { return '{' + members_ + '}'; }

void Facts::begin(std::string_view name) {
    separate();
    wire::append_json_string(members_, name);
    members_ += ':';
}

void Facts::separate() {
    if (members_.empty())
        members_.reserve(512);
    else
        members_ += ',';
}

} // namespace rekam::broker
