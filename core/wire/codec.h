// SPDX-License-Identifier: Apache-2.0
// decode and encode for the records and message bodies, instantiated once each in core/wire/codec_*.cc.
#pragma once

#include "core/wire/json.h"

namespace rekam::wire {

/// Reads a body that another process of ours wrote; unknown fields are ignored. Any error means a broken sender.
template <class T> Expected<T> decode(std::string_view json);

/// Writes a record or body as JSON text.
template <class T> std::string encode(const T& from);

} // namespace rekam::wire
