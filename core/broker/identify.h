// SPDX-License-Identifier: Apache-2.0
// Which device it is that stands behind a slot: it lights, beeps or shakes.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void slot_identify(Step& step, const Asked& asked);

} // namespace rekam::broker
