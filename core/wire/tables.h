// SPDX-License-Identifier: Apache-2.0
// One row per message type: who sends it, what it carries, what answers it, and what a wrong moment costs. The tables
// are code and document at once: unpack() and the receivers consult them, tests walk them.
#pragma once

#include "core/wire/packet.h"

#include <span>

namespace rekam::wire {

enum class Boundary : std::uint8_t { gate, host, enumerator };
enum class Direction : std::uint8_t { to_broker, from_broker };

/// What happens when a message comes at the wrong time.
enum class WrongTime : std::uint8_t {
    kill,  ///< no correct build sends it then: the sender is broken or hostile
    drop,  ///< it raced with something that made it pointless
    refuse ///< it gets an error for an answer
};

struct Row {
    Type type;
    std::string_view name;
    Boundary boundary;
    Direction direction;
    std::string_view body; ///< the struct in core/wire/gate_messages.h or host_messages.h, "client" for a client's
                           ///< header, "" for none
    std::uint16_t min_descriptors, max_descriptors;
    std::string_view answered_by; ///< "" for none
    WrongTime wrong_time;
};

std::span<const Row> rows();

/// The row of a type, nullptr for a number that is none.
const Row* row(Type type);

/// Whether this message may cross this boundary in this direction with this many descriptors.
bool allowed(const Message& message, Boundary boundary, Direction direction);

} // namespace rekam::wire
