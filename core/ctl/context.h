// SPDX-License-Identifier: Apache-2.0
// What every command gets: where to speak, how to print, whether the person wants to stop.
#pragma once

#include "core/ctl/exit_code.h"
#include "core/ctl/hints.h"

#include <rekam/client.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rekam::ctl {

/// SIGINT and SIGTERM, taken by a thread of their own. Made before any other thread, so that all of them block both.
class Interrupt {
  public:
    Interrupt();
    /// From now on the first signal calls `stop` on that thread instead of ending the process; a second one ends it.
    void on_signal(std::function<void()> stop);
    /// The signal that came, or 0.
    [[nodiscard]] int came() const;

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

struct Options {
    std::string station;
    std::string operator_name;
    std::string lang; ///< of --lang; empty: what the environment says
    bool json = false;
};

class Context {
  public:
    Context(const Options& options, Interrupt& interrupt);

    /// Connects at the first call.
    Station& station();
    Interrupt& interrupt() { return interrupt_; }
    /// The texts of the person's language; read at the first call.
    const Hints& hints();
    [[nodiscard]] bool json() const { return options_.json; }
    [[nodiscard]] const std::string& operator_name() const { return options_.operator_name; }
    /// Who does it: `given` (--by), else --operator, else whoever is logged in.
    [[nodiscard]] std::string person(const std::string& given) const;
    [[nodiscard]] bool colour() const { return colour_; }

    /// To standard output.
    void print(std::string_view text) const;
    /// A line on standard error that the next one overwrites; nothing where that is no terminal.
    void progress(const std::string& line);
    void end_progress();

  private:
    const Options& options_;
    Interrupt& interrupt_;
    bool colour_;
    bool progress_wanted_;
    bool progress_shown_ = false;
    std::unique_ptr<Station> station_;
    std::optional<Hints> hints_;
};

/// "rekamctl: code: message", what the hint says to whoever has to act, and what to do next, on standard error; with
/// --json the error on standard output.
void print_error(const ErrorBody& error, bool json, const Hints& hints = {});

/// A mistake on the command line that only the command can see.
[[noreturn]] void usage(const std::string& message);

/// "name":[record,…] of records that are JSON already.
std::string json_list(std::string_view name, const std::vector<std::string>& records);
/// A JSON string.
std::string json_text(std::string_view text);

template <typename Record> std::vector<std::string> json_of(const std::vector<Record>& records) {
    std::vector<std::string> texts;
    for (const auto& record : records)
        texts.push_back(record.json);
    return texts;
}

} // namespace rekam::ctl
