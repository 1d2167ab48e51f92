// SPDX-License-Identifier: Apache-2.0 OR MIT
// The machine-readable zone of the document that lies on a mock: told as lines, as every reader of zones does.
#pragma once

#include "mocks/devices/kit/device.h"

namespace rekam::mock {

// The key of a device's text that says which document lies there: a passport (TD3) or an identity card (TD1).
SpecKey document_key();

std::vector<std::string> zone_of(const DeviceSpec& spec);

// Gives the lines; a misread one has a wrong character in the document's number, where the check digit notices.
void give_zone(plugin::Job& job, const DeviceSpec& spec, const CallFaults& faults);

} // namespace rekam::mock
