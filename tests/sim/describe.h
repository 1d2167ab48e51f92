// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/broker/event.h"

#include <string>

namespace rekam::sim {

/// An event as one line of the trace.
std::string describe(const broker::Event& event);

} // namespace rekam::sim
