// SPDX-License-Identifier: Apache-2.0
// The one table of rights: which role an operation belongs to. The broker decides which roles a session has, from what
// the transport proved and [rights] of rekamd.toml; the gate refuses by it early, the broker again.
#pragma once

#include "core/wire/requests.h"

#include <string>
#include <vector>

namespace rekam::wire {

model::Role role_of(Op op);

/// Whoever has another role may do what front ends do, too.
bool may(const std::vector<model::Role>& roles, Op op);

/// The names of all operations that these roles allow, as `hello` lists them.
std::vector<std::string> operations_of(const std::vector<model::Role>& roles);

/// The refusal: names the right, who lacks it, and where it is given.
model::Error denied(Op op, const std::string& principal);

} // namespace rekam::wire
