// SPDX-License-Identifier: Apache-2.0
// Tables for people: aligned by what a terminal shows, with nothing in them that could command the terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rekam::ctl {

/// What a station or a vendor wrote, safe to print: control characters and broken UTF-8 become '?'.
std::string printable(std::string_view text);

/// Columns that printable UTF-8 takes: one per character, none per combining mark, two per wide one.
std::size_t width(std::string_view text);

/// The escape sequence of a state's colour, empty for words that have none.
std::string_view colour_of(std::string_view word);

class Table {
  public:
    explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    /// Columns without a single value are left out.
    [[nodiscard]] std::string text(bool colour) const;

  private:
    std::vector<std::string> head_;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace rekam::ctl
