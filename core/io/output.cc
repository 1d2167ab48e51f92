// SPDX-License-Identifier: Apache-2.0
#include "core/io/output.h"

#include "core/io/text.h"

#include <algorithm>
#include <array>

namespace rekam::io {
namespace {

constexpr std::int64_t us_per_second = 1'000'000;

struct Word {
    std::string_view prefix;
    Priority priority;
};
constexpr std::array words{Word{"error: ", Priority::error}, Word{"warning: ", Priority::warning},
                           Word{"info: ", Priority::info}, Word{"debug: ", Priority::debug}};

Priority take_priority(std::string_view& line) {
    for (const auto& word : words) {
        if (!line.starts_with(word.prefix))
            continue;
        line.remove_prefix(word.prefix.size());
        return word.priority;
    }
    if (line.size() < 3 || line[0] != '<' || line[1] < '0' || line[1] > '7' || line[2] != '>')
        return Priority::info;
    const int level = line[1] - '0';
    line.remove_prefix(3);
    return level <= 3   ? Priority::error
           : level == 4 ? Priority::warning
           : level == 7 ? Priority::debug
                        : Priority::info;
}

} // namespace

void OutputCollector::take(std::string_view bytes, std::int64_t mono_us) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view part = bytes.substr(0, end);
        const std::size_t room = line_bytes - line_.size();
        line_ += part.substr(0, room);
        cut_bytes_ += part.size() - std::min(part.size(), room);
        if (end == std::string_view::npos)
            return;
        end_line(mono_us);
        bytes.remove_prefix(end + 1);
    }
}

void OutputCollector::finish(std::int64_t mono_us) {
    if (!line_.empty())
        end_line(mono_us);
    if (suppressed_ != 0)
        sink_(Priority::warning, std::to_string(suppressed_) + " more lines were not logged");
    suppressed_ = 0;
}

void OutputCollector::end_line(std::int64_t mono_us) {
    std::string_view raw = line_;
    const Priority priority = take_priority(raw);
    if (raw.ends_with('\r'))
        raw.remove_suffix(1);
    std::string line = escape(raw);
    if (cut_bytes_ != 0)
        line += " (and " + std::to_string(cut_bytes_) + " bytes more)";
    tail_ += line;
    tail_ += '\n';
    if (tail_.size() > 2 * tail_bytes) // in big steps: moving 64 KiB for every line would be slow
        tail_ = tail();
    emit(priority, line, mono_us);
    line_.clear();
    cut_bytes_ = 0;
}

void OutputCollector::emit(Priority priority, const std::string& line, std::int64_t mono_us) {
    const std::int64_t second = mono_us / us_per_second;
    if (second != second_) {
        if (suppressed_ != 0)
            sink_(Priority::warning, std::to_string(suppressed_) + " more lines were not logged");
        second_ = second;
        lines_ = suppressed_ = 0;
    }
    if (++lines_ > lines_per_second)
        ++suppressed_;
    else
        sink_(priority, line);
}

std::string OutputCollector::tail() const {
    if (tail_.size() <= tail_bytes)
        return tail_;
    const std::size_t start = tail_.find('\n', tail_.size() - tail_bytes - 1);
    return tail_.substr(start + 1);
}

} // namespace rekam::io
