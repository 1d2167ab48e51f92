// SPDX-License-Identifier: Apache-2.0
// Plugins: what they are (read from the file), which devices they list (by a short-lived enumerator).
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

/// Starts the configured plugins that are not there. One that is still leaving comes back when it has left.
void add_plugins(Step& step);
/// It left the configuration: its devices are unbound by then, and go when their hosts have.
void remove_plugin(Step& step, PluginNo no);

/// Lists the plugin's devices, now or when the present run or job is over.
void enumerate_again(Step& step, PluginNo no);

/// Lists them if that had to wait for a job or a preview of one of them, which is over.
void enumerate_if_it_waited(Step& step, PluginNo no);

/// Fresh processes for the plugin and all its devices, each when its job is over.
void plugin_reload(Step& step, const Asked& asked);
/// Of one device, or of the plugin and all its devices; failures before are forgotten.
void plugin_clear_quarantine(Step& step, const Asked& asked);

void enumerator_greeted(Step& step, Child& child);
std::optional<model::Error> enumerator_message(Step& step, Child& child, const wire::Message& message);
void enumerator_ended(Step& step, const Child& child);
/// Its process does not die: the plugin is left alone until it does.
void enumerator_stuck(Step& step, const Child& child);

/// Drops a device that is neither listed nor open nor bound.
void forget_if_gone(Step& step, DeviceNo no);

} // namespace rekam::broker
