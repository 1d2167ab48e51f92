// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/wrapped.h"

#include "core/ctl/table.h"

#include <algorithm>

namespace rekam::ctl {

std::vector<std::string> wrapped(std::string_view text, std::size_t limit) {
    std::vector<std::string> lines{""};
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        std::string word(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!lines.back().empty() && width(lines.back()) + 1 + width(word) > limit)
            lines.emplace_back();
        while (width(word) > limit) { // longer than a line: no text of ours is, but a vendor's may be
            std::size_t bytes = limit;
            while (bytes > 1 && (static_cast<unsigned char>(word[bytes]) & 0xC0U) == 0x80U)
                --bytes;
            lines.back() += word.substr(0, bytes);
            lines.emplace_back();
            word.erase(0, bytes);
        }
        lines.back() += (lines.back().empty() ? "" : " ") + word;
    }
    return lines;
}

} // namespace rekam::ctl
