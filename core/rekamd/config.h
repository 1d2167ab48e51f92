// SPDX-License-Identifier: Apache-2.0
// The configuration directory of a station: rekamd.toml, then conf.d/*.toml over it, slots.toml, plugins.d/*.toml.
// Read and checked as a whole: either everything is right, or the problems say where and what to do.
#pragma once

#include "core/broker/config.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rekam::rekamd {

/// Where things are. Empty: found by resolve_paths. Read once, at start.
struct Paths {
    std::string runtime; ///< sockets and the station key
    std::string state;   ///< the store
    std::string plugins; ///< where a plugin's relative path starts
    std::string gate, host;
};

struct Config {
    broker::Config broker; ///< endpoints without the station key: whoever opens the runtime directory has it
    Paths paths;
    std::string log_level = "info";
    std::int64_t kill_ms_max = 5'000; ///< a killed process that is still there after this is abandoned
    std::int64_t head_every = 100;    ///< rows of the journal between two signed heads
    std::int64_t rows_kept = 200'000; ///< of the journal in the store; older ones move to files
    std::int64_t files_kept_bytes = 1'073'741'824;
    std::int64_t reserve_kib = 16'384; ///< kept back beside the store for a full disk
    bool tcp = false;
    std::map<model::Role, std::vector<std::string>>
        rights; ///< [rights] as it is written; broker.rights has the numbers
};

struct Problem {
    std::string file;                   ///< relative to the configuration directory
    std::uint32_t line = 0, column = 0; ///< 0: of the file as a whole
    std::string text;                   ///< what is wrong and what would be right

    /// "slots.toml:12:3: ..."
    [[nodiscard]] std::string describe() const;
};

struct Loaded {
    std::optional<Config> config; ///< only without problems
    std::vector<Problem> problems;
};

/// Reads the directory. Never throws for what is in it or missing in it.
Loaded load_config(const std::filesystem::path& directory);

/// Fills in what the configuration leaves open (and `chosen`, from the command line, overrules), creates nothing, and
/// derives the endpoints. Throws std::runtime_error where there is no place to take.
void resolve_paths(Config& config, const Paths& chosen);

/// After a reload: puts back what only a restart can change, and names it.
std::vector<std::string> keep_until_restart(Config& fresh, const Config& running);

/// A few lines for a person: what this configuration amounts to.
std::string summary(const Config& config);

} // namespace rekam::rekamd
