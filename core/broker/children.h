// SPDX-License-Identifier: Apache-2.0
// Supervision: the gate, an enumerator per plugin, a host per open device; what they may say when; who is started
// again, and when not.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

ChildId start_child(Step& step, ChildKind kind, PluginNo owner, std::string name,
                    std::map<std::string, std::string> environment);

/// Ends a process for a fault of its own; nothing it sends is heard any more. `culprit`: the one of a host's devices
/// that is known to be the cause.
void kill_child(Step& step, ChildId id, model::Error fault, DeviceNo culprit = 0);
/// Its task is over: asks it to end, and kills it if it does not.
void stop_child(Step& step, Child& child);

// --- events ---
void child_started(Step& step, const ChildStarted& event);
void spawn_failed(Step& step, const ChildSpawnFailed& event);
void child_message(Step& step, ChildMessage& event);
void channel_broken(Step& step, const ChannelBroken& event);
void child_exited(Step& step, const ChildExited& event);
void child_gone(Step& step, const ChildGone& event);
/// What a host or enumerator says is wrong, in words short enough for every message that will carry them.
model::Error error_from(const wire::Failure& failure);

/// At most so many bytes and three dots, cut between two characters of UTF-8.
std::string shortened(std::string text, std::size_t bytes_max);

/// child_start: it is overdue with what it should have said.
void child_overdue(Step& step, ChildId id);
/// child_ping: asks whether it lives; kills it when the last ping is unanswered for too long.
void child_ping(Step& step, ChildId id);

/// A plugin with threading=single: no job of its devices may start while its enumerator runs.
bool plugin_is_enumerating(const Step& step, const Device& device);

} // namespace rekam::broker
