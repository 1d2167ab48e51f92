// SPDX-License-Identifier: Apache-2.0
// The keys of rekamd.toml and of the files in conf.d.
#pragma once

#include "core/rekamd/config_table.h"

namespace rekam::rekamd {

/// Applies one file; what it does not name keeps its value.
void read_station(Table root, Config& config);

/// What only shows when all files are read: figures that contradict each other.
void check_station(const Config& config, std::vector<Problem>& problems);

} // namespace rekam::rekamd
