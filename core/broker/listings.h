// SPDX-License-Identifier: Apache-2.0
// What the station, its slots, devices and plugins look like.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void station_get(Step& step, const Asked& asked);
void slot_list(Step& step, const Asked& asked);
void slot_get(Step& step, const Asked& asked);
void device_list(Step& step, const Asked& asked);
void device_get(Step& step, const Asked& asked);
void plugin_list(Step& step, const Asked& asked);

} // namespace rekam::broker
