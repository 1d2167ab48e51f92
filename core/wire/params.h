// SPDX-License-Identifier: Apache-2.0
// Reads an operation's parameters; instantiated once each in core/wire/params_*.cc, because reading twenty structs
// costs eight seconds of compiling, and minutes under a sanitizer.
#pragma once

#include "core/wire/capture_params.h"
#include "core/wire/card_params.h"
#include "core/wire/journal_params.h"
#include "core/wire/mock_params.h"
#include "core/wire/preview_params.h"
#include "core/wire/technician_params.h"

namespace rekam::wire {

/// Any error names the parameter's path and what it must be.
template <class P> Expected<P> read_params(const boost::json::value& from);

} // namespace rekam::wire
