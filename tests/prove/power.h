// SPDX-License-Identifier: Apache-2.0
// The store under power cuts: writes as a station does, loses the power at a random moment, and looks at what is left.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace rekam::prove {

struct PowerRun {
    std::uint64_t seed = 1;
    std::int64_t cuts = 1'000;
    bool lazy_log = false; ///< synchronous=NORMAL, the control that has to lose some
    double seconds = 0;    ///< at most; 0: as long as it takes
};

struct PowerResult {
    std::int64_t cuts = 0, appends = 0, ios = 0;
    std::int64_t moves = 0, moved = 0; ///< steps towards files; entries that were found in files, over all cuts
    std::int64_t corrupt = 0;          ///< SQLite, the chain or a head says that the file is damaged
    std::int64_t lost = 0;             ///< cuts after which something acknowledged was not there
    std::int64_t halves = 0;           ///< cuts after which half of an append was there
    std::int64_t survived = 0;         ///< cuts whose last append was there although nobody had been told
    std::string first_failure;         ///< what, and in which cut
};

/// `progress` is called now and then.
PowerResult run(const PowerRun& wanted, const std::function<void(const PowerResult&)>& progress = {});

} // namespace rekam::prove
