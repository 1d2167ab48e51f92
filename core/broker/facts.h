// SPDX-License-Identifier: Apache-2.0
// One half of an entry of the journal: what it says to a supervisor, or who it was about. Written as JSON while it is
// collected: every capture has both, and a tree of values would be built only to be written once.
#pragma once

#include "core/model/names.h"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rekam::broker {

class Facts {
  public:
    /// Borrows what it is made of.
    class Value {
      public:
        // NOLINTBEGIN(google-explicit-constructor): it is the value
        Value(std::string_view text) : value_(text) {}
        Value(const std::string& text) : value_(std::string_view(text)) {}
        Value(const char* text) : value_(std::string_view(text)) {}
        Value(const std::vector<std::string>& texts) : value_(std::span<const std::string>(texts)) {}
        template <std::same_as<bool> Flag> Value(Flag flag) : value_(flag) {}
        template <std::integral Number>
        requires(!std::same_as<Number, bool>) Value(Number number) : value_(static_cast<std::int64_t>(number)) {}
        template <model::Named Word> Value(Word word) : value_(model::name(word)) {}
        // NOLINTEND(google-explicit-constructor)

      private:
        friend class Facts;
        std::variant<std::string_view, std::int64_t, bool, std::span<const std::string>> value_;
    };
    struct Fact {
        std::string_view name;
        Value value;
    };

    Facts() = default;
    Facts(std::initializer_list<Fact> facts);

    /// Each name once.
    void add(std::string_view name, const Value& value);
    /// Says nothing where there is nothing, or an empty text.
    template <class T> void add(std::string_view name, const std::optional<T>& value) {
        if (value && !is_empty(*value))
            add(name, Value(*value));
    }
    void add(std::string_view name, const Facts& object);
    void add(const Facts& more);

    [[nodiscard]] bool empty() const { return members_.empty(); }
    /// The JSON object.
    [[nodiscard]] std::string object() const;

  private:
    static bool is_empty(const std::string& text) { return text.empty(); }
    template <class T> static bool is_empty(const T&) { return false; }
    void begin(std::string_view name);
    void separate();

    std::string members_;
};

} // namespace rekam::broker
