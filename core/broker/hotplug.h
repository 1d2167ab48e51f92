// SPDX-License-Identifier: Apache-2.0
// What the bus says: devices that were plugged in or out, ports that lose theirs again and again. Where nobody tells,
// plugins with hardware are asked from time to time.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

void hotplug_watch(Step& step, HotplugWatch event);
void bus_changed(Step& step, const BusChanged& event);
/// bus_settled: it has been quiet since the last news.
void bus_settled(Step& step, PluginNo no);
/// port_calm: the window of a port is over.
void ports_calm(Step& step);

/// How often the plugin lists its devices without a reason; 0: never.
std::int64_t list_every_ms(const State& s, const Plugin& plugin);
/// The check of a device whose port flaps.
std::optional<wire::HealthCheck> flapping_check(const State& s, const Device& device);
std::optional<wire::Hotplug> hotplug_view(const State& s);

} // namespace rekam::broker
