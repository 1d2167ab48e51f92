// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace rekam::sim {

/// Visits every history of two clients on two slots up to `depth` acts; the exit code of the program.
int search(int depth, bool expect_violation);

} // namespace rekam::sim
