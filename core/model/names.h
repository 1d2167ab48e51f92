// SPDX-License-Identifier: Apache-2.0
// Enumerations whose values have a published spelling: one table each, used by reader, writer and documents.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace rekam::model {

/// Specialised beside each enumeration: `values[i]` is the published spelling of enumerator i.
template <class E> struct Names;

template <class E>
concept Named = requires {
    Names<E>::values.size();
};

template <Named E> constexpr std::string_view name(E value) {
    return Names<E>::values.at(static_cast<std::size_t>(value));
}

template <Named E> constexpr std::optional<E> parse(std::string_view text) {
    for (std::size_t i = 0; i < Names<E>::values.size(); ++i)
        if (Names<E>::values[i] == text)
            return static_cast<E>(i);
    return std::nullopt;
}

} // namespace rekam::model
