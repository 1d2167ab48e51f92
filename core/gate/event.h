// SPDX-License-Identifier: Apache-2.0
// What the gate's table hears and wants. The ZeroMQ shell and the simulator both speak only this.
#pragma once

#include "core/wire/gate_messages.h"
#include "core/wire/packet.h"

#include <array>
#include <string>
#include <variant>
#include <vector>

namespace rekam::gate {

/// A connection as long as it lives: opaque here, only compared. The shell makes it of endpoint and routing id; one
/// that has ended is never used again.
using ClientKey = std::string;

/// A binary part of a reply: `length` bytes from `offset` of a sealed memfd.
struct Part {
    wire::Descriptor descriptor = -1;
    std::int64_t offset = 0, length = 0;
};

/// One message for one client. The shell closes the parts' descriptors once it is sent; one that cannot be sent comes
/// back whole in SendRefused, together with their ownership.
struct SendClient {
    enum class Kind : std::uint8_t { final, progress };
    ClientKey client;
    std::uint64_t connection = 0; ///< as in ClientMessage
    Kind kind = Kind::final;
    std::uint64_t request = 0; ///< the open request that it belongs to; 0 for a refusal made here
    bool delimiter = false;    ///< an empty part stands first, as in the request
    std::string header;
    std::vector<Part> parts;
};

// Events.

/// First event, exactly once.
struct Started {
    std::string build;
    std::int64_t pid = 0;
};

/// A binary part of a request, stored by the shell. The table closes it or sends it on.
struct Stored {
    wire::Descriptor descriptor = -1;
    std::int64_t bytes = 0;
    std::string hash;
};

struct ClientMessage {
    ClientKey client;
    std::uint64_t connection = 0; ///< opaque; comes back in Disconnect
    wire::Principal principal;    ///< what the transport proved; key_shown is the table's to decide
    bool names_itself = false;    ///< the client chose its routing id
    bool is_req = false;          ///< a REQ socket: it takes whatever comes next for its answer
    bool delimiter = false;
    std::string header;          ///< at most limits.header_bytes + 1 bytes; more were cut off
    std::int64_t parts = 0;      ///< behind the header
    std::int64_t part_bytes = 0; ///< of all of them
    std::vector<Stored> stored;  ///< all of them, where the operation may take parts and they are not too large
};

/// From the kernel's generator, for tickets.
using Entropy = std::array<std::uint8_t, 64>;

struct BrokerMessage {
    wire::Message message;
    Entropy entropy{}; ///< fresh where the message wants tickets (flag_ticket)
};

struct SendRefused {
    enum class Reason : std::uint8_t {
        unreachable, ///< the connection has ended
        full         ///< the client does not read; its queue has no room now
    };
    SendClient message;
    Reason reason = Reason::unreachable;
};

/// The first subscriber to a topic prefix has come, or the last has gone.
struct Subscription {
    bool on = true;
    std::string prefix;
};

/// A connection to the data socket: a number that no later one has.
using DataKey = std::uint64_t;

struct DataConnected {
    DataKey connection = 0;
    std::int64_t uid = -1; ///< as the kernel says
};
/// A packet; empty where it was too long to be one of the protocol's.
struct DataMessage {
    DataKey connection = 0;
    std::string text;
};
/// It has ended, or takes nothing.
struct DataClosed {
    DataKey connection = 0;
};

/// What only the shell can count; totals since it started.
struct TransportTotals {
    std::int64_t http_closed = 0, refused_connections = 0;
    bool operator==(const TransportTotals&) const = default;
};

/// The time of next_deadline_us() has come; also harmless at any time.
struct Tick {
    TransportTotals totals;
};

using Event = std::variant<Started, ClientMessage, BrokerMessage, SendRefused, Subscription, DataConnected, DataMessage,
                           DataClosed, Tick>;

// Effects, to be done in this order.

struct SendBroker {
    wire::Message message;
};
struct Publish {
    std::string topic, json;
};
/// Open the sockets. What a new subscriber gets first stands in `welcome`: one part, topic and JSON.
struct Open {
    wire::GateConfig config;
    std::string welcome;
};
/// End a connection whose client does not read.
struct Disconnect {
    ClientKey client;
    std::uint64_t connection = 0;
};
/// A packet to a local program, with read-only copies of these descriptors, which stay the table's. What cannot be sent
/// at once ends the connection (DataClosed).
struct SendData {
    DataKey connection = 0;
    std::string text;
    std::vector<wire::Descriptor> descriptors{};
};
struct CloseData {
    DataKey connection = 0;
};
struct CloseDescriptor {
    wire::Descriptor descriptor = -1;
};
enum class Level : std::uint8_t { info, warning, error };
struct Log {
    Level level = Level::info;
    std::string message; ///< no personal data, nothing that a client wrote
};
/// End the process; nothing may follow.
struct Exit {
    int code = 0;
};

using Effect =
    std::variant<SendClient, SendBroker, Publish, Open, Disconnect, SendData, CloseData, CloseDescriptor, Log, Exit>;
using Effects = std::vector<Effect>;

} // namespace rekam::gate
