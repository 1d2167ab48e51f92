// SPDX-License-Identifier: Apache-2.0
// One card per case. A further one is a reprint: it names the card before it, a reason and a second person.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

/// What a print lacks beside what every job needs: the case has its card, or nobody knows whether it has.
std::optional<model::Error> check_reprint(const State& s, const Asked& asked, const Case& kept,
                                          const std::optional<wire::ReprintParams>& reprint);

} // namespace rekam::broker
