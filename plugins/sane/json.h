// SPDX-License-Identifier: Apache-2.0 OR MIT
// As much JSON as a capability schema needs, written. Pure.
#pragma once

#include "plugins/sane/options.h"

#include <initializer_list>
#include <utility>

namespace rekam::sane {

/// text must be UTF-8.
inline std::string json_text(std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += hex[byte >> 4];
            out += hex[byte & 15];
        } else {
            out += c;
        }
    }
    return out + '"';
}

/// Items that are JSON already.
inline std::string json_array(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const std::string& item : items)
        out += (out.size() > 1 ? "," : "") + item;
    return out + ']';
}

template <class T> std::string json_list(const std::vector<T>& values) {
    std::vector<std::string> items;
    for (const T& value : values)
        if constexpr (std::is_same_v<T, std::string>)
            items.push_back(json_text(value));
        else
            items.push_back(number_text(static_cast<double>(value)));
    return json_array(items);
}

/// The members of an object, in the order of their coming; values are JSON already.
class Members {
  public:
    Members() = default;
    Members(std::initializer_list<std::pair<std::string_view, std::string>> members) {
        for (const auto& [name, value] : members)
            add(name, value);
    }
    void add(std::string_view name, const std::string& value) {
        text_ += (text_.empty() ? "" : ",") + json_text(name) + ':' + value;
    }
    bool empty() const { return text_.empty(); }
    std::string object() const { return '{' + text_ + '}'; }

  private:
    std::string text_;
};

} // namespace rekam::sane
