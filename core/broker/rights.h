// SPDX-License-Identifier: Apache-2.0
// Which roles a principal has: what the transport proved, against [rights] of rekamd.toml. Which operations a role
// allows stands in core/wire/rights.h.
#pragma once

#include "core/broker/config.h"
#include "core/wire/gate_messages.h"

namespace rekam::broker {

/// Empty: it may not even say hello. Without [rights] everybody has all roles. With it, whoever shows the station's key
/// over tcp is a front end: the key says that somebody may use the station, not who that is.
std::vector<model::Role> roles_of(const Config& config, const wire::Principal& principal);

} // namespace rekam::broker
