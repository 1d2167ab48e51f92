// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/log.h"

#include "core/io/text.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>

#include <sys/stat.h>
#include <unistd.h>

namespace rekam::rekamd {
namespace {

constexpr std::size_t message_bytes = 4'096;
constexpr std::array levels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};

/// %K: the priority of syslog, by which systemd sorts.
class PriorityFlag : public spdlog::custom_flag_formatter {
  public:
    void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
        const char digit = message.level >= spdlog::level::err    ? '3'
                           : message.level == spdlog::level::warn ? '4'
                           : message.level == spdlog::level::info ? '6'
                                                                  : '7';
        const std::array<char, 3> prefix{'<', digit, '>'};
        out.append(prefix.data(), prefix.data() + prefix.size());
    }
    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<PriorityFlag>();
    }
};

} // namespace

LogStyle fitting_log_style() {
    // systemd sets JOURNAL_STREAM to the device and inode of the socket that it made stderr.
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat facts {};
    if (!stream || ::fstat(STDERR_FILENO, &facts) != 0)
        return LogStyle::people;
    return std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino) == stream ? LogStyle::journal
                                                                                       : LogStyle::people;
}

void open_log(LogStyle style) {
    std::shared_ptr<spdlog::sinks::sink> sink;
    if (::isatty(STDERR_FILENO) != 0)
        sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>();
    else
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::local);
    formatter->add_flag<PriorityFlag>('K');
    formatter->set_pattern(style == LogStyle::journal ? "%K%v" : "%Y-%m-%dT%H:%M:%S.%e%z %^%-7l%$ %v");
    auto logger = std::make_shared<spdlog::logger>("rekamd", std::move(sink));
    logger->set_formatter(std::move(formatter));
    logger->set_level(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

void set_log_level(std::string_view level) {
    spdlog::set_level(level == "debug"     ? spdlog::level::debug
                      : level == "warning" ? spdlog::level::warn
                      : level == "error"   ? spdlog::level::err
                                           : spdlog::level::info);
}

void log(broker::Level level, std::string_view subject, std::string_view message) {
    const auto chosen = levels.at(static_cast<std::size_t>(level));
    if (!spdlog::should_log(chosen))
        return;
    std::string line = io::escape(subject.substr(0, 256)) + ": " + io::escape(message.substr(0, message_bytes));
    if (message.size() > message_bytes)
        line += " (and " + std::to_string(message.size() - message_bytes) + " bytes more)";
    spdlog::log(chosen, spdlog::string_view_t(line.data(), line.size()));
}

} // namespace rekam::rekamd
