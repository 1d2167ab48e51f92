// SPDX-License-Identifier: Apache-2.0
// [rights] of rekamd.toml: names of users and groups, turned into the numbers that a connection proves.
#pragma once

#include "core/rekamd/config_table.h"

namespace rekam::rekamd {

/// Call only where there is such a table. Members of groups are looked up now; who joins one later counts after a
/// reload.
void read_rights(Table table, Config& config);

/// One line for a person: who may do what.
std::string describe_rights(const Config& config);

} // namespace rekam::rekamd
