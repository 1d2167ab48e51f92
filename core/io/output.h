// SPDX-License-Identifier: Apache-2.0
// What a child writes to stdout and stderr: bytes in, log lines out, and the tail kept for the moment of its death.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace rekam::io {

/// Priorities of syslog. A line shows its own in front, "<3>text" or "error: text"; without one it is information.
enum class Priority : std::uint8_t { error = 3, warning = 4, info = 6, debug = 7 };

class OutputCollector {
  public:
    using Sink = std::function<void(Priority, const std::string& line)>;
    explicit OutputCollector(Sink sink) : sink_(std::move(sink)) {}

    static constexpr std::size_t line_bytes = 1'024; ///< of a line; the rest of it is counted, not kept
    static constexpr std::size_t tail_bytes = 64 * 1'024;
    static constexpr int lines_per_second = 200; ///< beyond them a second's lines go to the tail only

    /// Takes bytes as they come. `mono_us` is for the bound per second.
    void take(std::string_view bytes, std::int64_t mono_us);
    /// The pipe's end: a last line without a line feed is one too.
    void finish(std::int64_t mono_us);

    /// The last 64 KiB, whole lines, escaped.
    [[nodiscard]] std::string tail() const;

  private:
    void end_line(std::int64_t mono_us);
    void emit(Priority priority, const std::string& line, std::int64_t mono_us);

    Sink sink_;
    std::string line_;          ///< raw, unfinished
    std::size_t cut_bytes_ = 0; ///< of the unfinished line
    std::string tail_;
    std::int64_t second_ = 0;
    int lines_ = 0, suppressed_ = 0;
};

} // namespace rekam::io
