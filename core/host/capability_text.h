// SPDX-License-Identifier: Apache-2.0 OR MIT
// A plugin's capability text on its way to the broker: checked, and with what the host adds to it.
#pragma once

#include "core/wire/json.h"

namespace rekam::host {

/// An object with "properties"; the formats that the host makes are added where raw pixels or samples are offered. An
/// error says what is wrong with the text.
wire::Expected<wire::RawJson> read_capabilities(const char* text);

/// All functions of a device together must fit one message.
constexpr std::size_t max_capabilities_bytes = 40 * 1024;

} // namespace rekam::host
