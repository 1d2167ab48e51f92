// SPDX-License-Identifier: Apache-2.0 OR MIT
// The enumerator: reads one plugin's manifest, loads it, lists its devices, and is gone.
#pragma once

#include "core/wire/host_messages.h"
#include "core/wire/packet.h"

#include <functional>
#include <string>

namespace rekam::host {

/// Sends enum_manifest, enum_device for each device, then enum_done; or host_failed. On the thread of the calls, which
/// may hang or die in vendor code. `prefix` is that of enum_start.
void enumerate(const wire::EnumStart& start, const wire::Prefix& prefix,
               const std::function<void(wire::Message)>& send);

} // namespace rekam::host
