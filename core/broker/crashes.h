// SPDX-License-Identifier: Apache-2.0
// The fingerprint of a plugin's end: plugin, version, call, signal and its last words.
#pragma once

#include "core/broker/state.h"

namespace rekam::broker {

/// Of a process that has ended; the call is known only of a device (call_of) or an enumerator.
model::Crash crash_of(const State& s, const Child& child, const ChildExited& event, bool by_itself);

/// What the plugin was at with the device. Ask before its job and its check are told of the end.
model::PluginCall call_of(const Device& device);

} // namespace rekam::broker
