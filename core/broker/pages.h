// SPDX-License-Identifier: Apache-2.0
// Lists are cut into pages by number of items and by size, so that an answer always fits one header.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rekam::broker {

template <class T> struct Page {
    std::vector<T> items;
    std::optional<std::string> next; ///< the cursor of the next page: the last key of this one

    template <class Cursor, class Limit>
    Page(const std::optional<Cursor>& cursor, const std::optional<Limit>& limit)
        : after_(cursor ? std::string(cursor->value) : std::string()), limit_(limit ? limit->value : 50) {}

    /// Adds the item unless it stands before the cursor. Keys come in ascending order. False: the page is full.
    bool add(const std::string& key, T item, std::size_t bytes) {
        if (!after_.empty() && key <= after_)
            return true;
        if (std::ssize(items) == limit_ || (!items.empty() && bytes_ + bytes > 48'000)) {
            next = last_;
            return false;
        }
        items.push_back(std::move(item));
        bytes_ += bytes;
        last_ = key;
        return true;
    }

  private:
    std::string after_, last_;
    std::int64_t limit_;
    std::size_t bytes_ = 0;
};

} // namespace rekam::broker
