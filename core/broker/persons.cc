// SPDX-License-Identifier: Apache-2.0
#include "core/broker/persons.h"

#include <algorithm>

namespace rekam::broker {

std::string trimmed(std::string_view name) {
    std::string text;
    for (const char c : name)
        if (c != ' ' || (!text.empty() && text.back() != ' '))
            text += c;
    while (text.ends_with(' '))
        text.pop_back();
    return text;
}

bool same_person(std::string_view one, std::string_view other) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(trimmed(one), trimmed(other), {}, lower, lower);
}

} // namespace rekam::broker
