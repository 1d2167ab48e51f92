// SPDX-License-Identifier: Apache-2.0
// Parameters that slots.toml gives a slot for captures that name none of their own. They are the slot's, and so go
// along to any device that stands there, as far as it knows them.
#pragma once

#include "core/broker/state.h"

#include <boost/json/object.hpp>

namespace rekam::broker {

/// The capture's own parameters, with the slot's below them. What the device does not know, or does not do together
/// with them, is left out.
boost::json::object with_defaults(const SlotConfig& slot, const Capabilities& device, boost::json::object params);

/// Names of the slot's parameters that the device does not know, or not with that value.
std::vector<std::string> dropped_defaults(const SlotConfig& slot, const Capabilities& device);

} // namespace rekam::broker
