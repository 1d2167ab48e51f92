// SPDX-License-Identifier: Apache-2.0
// What an earlier rekamd of this station left behind when it was killed. Its children die with it, but not what they
// started: a vendor's helper lives on and holds the device that is to be opened again.
#pragma once

#include <chrono>
#include <cstdint>

namespace rekam::rekamd {

/// Ends every process that has the mark of this station (core/io/process_tree.h), says so in the log, and waits until
/// none is left, at most `limit`. Call before the first child is started: it could not be told apart.
void end_leftovers(std::uint64_t station, std::chrono::milliseconds limit);

} // namespace rekam::rekamd
