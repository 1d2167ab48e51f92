// SPDX-License-Identifier: Apache-2.0
// Previews with tickets: their pictures lie in a pool of their host's buffers, whose descriptors went to the gate once.
// The broker passes on which picture lies where, and which buffer is free again.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

/// Beside one picture with each consumer: the newest, which waits for them, one that is being taken, and those on the
/// way to the gate and back.
constexpr std::int64_t buffers_beside_consumers = 4;

/// Why this session gets no preview with tickets; empty: it may have one.
std::optional<model::Error> refuse_tickets(const Step& step, const Asked& asked);

/// Messages of a host and of the gate. An error means that the sender broke the grammar: it is killed.
std::optional<model::Error> pool_made(Step& step, Device& device, const ChildMessage& received);
std::optional<model::Error> buffer_returned(Step& step, const wire::Message& message);

/// Tells the host of this preview that its buffer is free.
void give_back_buffer(Step& step, const Preview& preview, const wire::BufferRef& at);

/// The preview is over, or has another pool: what the broker holds of this one goes.
void drop_pool(Step& step, Preview& preview);

} // namespace rekam::broker
