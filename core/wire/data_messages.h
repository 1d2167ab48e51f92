// SPDX-License-Identifier: Apache-2.0
// Buffers of pictures and who has them: between host, broker and gate, and on the gate's data socket.
#pragma once

#include "core/wire/types.h"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <optional>

namespace rekam::wire {

/// A picture in a buffer of a preview's pool. Every picture has a generation of its own, so that a late word about one
/// is never taken for a word about the next one in the same buffer.
struct BufferRef {
    Count pool, buffer, generation;
    bool operator==(const BufferRef& other) const {
        return pool.value == other.pool.value && buffer.value == other.buffer.value &&
               generation.value == other.generation.value;
    }
};
BOOST_DESCRIBE_STRUCT(BufferRef, (), (pool, buffer, generation))

/// host_buffers, gate_buffers: the descriptors are the pool's buffers, each of `bytes`, in the order of their numbers.
/// It takes the place of the preview's pool before it.
struct PoolBuffers {
    std::int64_t pool = 0, bytes = 0;
};
BOOST_DESCRIBE_STRUCT(PoolBuffers, (), (pool, bytes))

/// The same, as a consumer is told.
struct PoolShown {
    std::int64_t pool = 0, bytes = 0, count = 0;
};
BOOST_DESCRIBE_STRUCT(PoolShown, (), (pool, bytes, count))

/// Tail of a gate_progress with flag_ticket: so many tickets go with it.
struct TicketsWanted {
    Int<1, 4> count;
};
BOOST_DESCRIBE_STRUCT(TicketsWanted, (), (count))

/// What a program says on the data socket (sdk/schema: data.request).
struct DataRequest {
    std::optional<Token> ticket;
    std::optional<BufferRef> back;
    std::optional<bool> next;
};
BOOST_DESCRIBE_STRUCT(DataRequest, (), (ticket, back, next))

} // namespace rekam::wire
