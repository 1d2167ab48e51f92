// SPDX-License-Identifier: Apache-2.0
// The definition behind core/wire/params.h; included by the params_*.cc files only.
#pragma once

#include "core/wire/params.h"
#include "core/wire/reader.h"

namespace rekam::wire {

template <class P> Expected<P> read_params(const boost::json::value& from) { return read_as<P>(from, "params"); }

} // namespace rekam::wire
