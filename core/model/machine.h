// SPDX-License-Identifier: Apache-2.0
// State machines as tables: next(state, event) is the whole truth about what may follow what. Diagrams stand beside
// the enums; tests walk every state x every event.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>

namespace rekam::model {

/// Rows of {from, event, to}. What is not listed cannot happen: next() is empty, and the caller drops the event.
template <class S, class E, std::size_t States, std::size_t Events> class Machine {
  public:
    struct Rule {
        S from;
        E event;
        S to;
    };

    constexpr Machine(std::initializer_list<Rule> rules) {
        for (const Rule& rule : rules)
            table_[index(rule.from, rule.event)] = static_cast<int>(rule.to) + 1;
    }

    [[nodiscard]] constexpr std::optional<S> next(S from, E event) const {
        const int to = table_[index(from, event)];
        return to == 0 ? std::nullopt : std::optional<S>(static_cast<S>(to - 1));
    }

  private:
    static constexpr std::size_t index(S from, E event) {
        return static_cast<std::size_t>(from) * Events + static_cast<std::size_t>(event);
    }

    std::array<int, States * Events> table_{}; ///< 0: cannot happen, else the state plus one
};

} // namespace rekam::model
