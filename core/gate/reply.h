// SPDX-License-Identifier: Apache-2.0
// The texts that the gate writes around what broker and clients say. Pure.
#pragma once

#include "core/model/error.h"
#include "core/wire/gate_messages.h"

#include <string>
#include <string_view>

namespace rekam::gate {

/// A final answer; `body` is the JSON of the result or, when not ok, of the error.
std::string final_header(std::string_view id, bool ok, std::string_view body);
std::string refusal_header(std::string_view id, const model::Error& error);
std::string progress_header(std::string_view id, std::string_view body);

/// What every event says of its station, up to the stream's name.
std::string event_head(const wire::GateConfig& config);

} // namespace rekam::gate
