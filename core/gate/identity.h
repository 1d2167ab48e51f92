// SPDX-License-Identifier: Apache-2.0
// Who a client is. Pure.
#pragma once

#include "core/wire/gate_messages.h"

#include <string>
#include <string_view>

namespace rekam::gate {

/// The name under which sessions are kept: "uid:1000" on ipc, "tcp:key" on tcp, where whoever knows the station key is
/// one and the same. Empty where the transport proved nothing.
std::string principal_name(const wire::Principal& principal);

/// Whether `shown` is `secret`, in a time that depends on the length of `shown` only.
bool same_secret(std::string_view shown, std::string_view secret);

} // namespace rekam::gate
