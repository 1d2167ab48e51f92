// SPDX-License-Identifier: Apache-2.0
// Bodies of the messages between broker and gate (core/wire/tables.h).
#pragma once

#include "core/wire/records.h"

namespace rekam::wire {

/// First message of every child. A child of another build is refused.
struct ChildHello {
    std::string build;
    std::int64_t pid = 0;
};
BOOST_DESCRIBE_STRUCT(ChildHello, (), (build, pid))

/// Tail of a gate_request whose op is `hello`: what the transport proved.
struct Principal {
    std::string transport; ///< "ipc" or "tcp"
    std::optional<std::int64_t> uid, gid, pid;
    bool key_shown = false; ///< tcp: the station key was right
};
BOOST_DESCRIBE_STRUCT(Principal, (), (transport, uid, gid, pid, key_shown))

/// Tail of the gate_reply to a `hello`: what the gate must know of the session from now on.
struct SessionGrant {
    std::int64_t number = 0; ///< rides as Prefix::session
    std::string token;       ///< what the client shows
    std::string principal;   ///< only this principal may show it ("uid:1000", "tcp:key")
    std::vector<model::Role> roles;
};
BOOST_DESCRIBE_STRUCT(SessionGrant, (), (number, token, principal, roles))

/// Tail of a gate_reply with descriptors: which bytes become the binary parts, in order.
struct PartRange {
    std::int64_t offset = 0, length = 0;
};
BOOST_DESCRIBE_STRUCT(PartRange, (), (offset, length))
struct Parts {
    std::vector<PartRange> parts; ///< one per descriptor
};
BOOST_DESCRIBE_STRUCT(Parts, (), (parts))

/// Tail of a gate_request with descriptors: its binary parts, in order, as the gate stored and hashed them.
struct Attachment {
    std::int64_t bytes = 0;
    std::string hash; ///< "sha256:<hex>"
};
BOOST_DESCRIBE_STRUCT(Attachment, (), (bytes, hash))
struct Attachments {
    std::vector<Attachment> parts;
};
BOOST_DESCRIBE_STRUCT(Attachments, (), (parts))

/// Tail of a gate_event.
struct EventHead {
    std::string stream;
    std::int64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(EventHead, (), (stream, seq))

/// What a gate has to know before it opens its sockets.
struct GateConfig {
    std::string requests, events;                        ///< ipc paths (without ipc://)
    std::optional<std::string> data;                     ///< where local programs show tickets
    std::optional<std::string> tcp_requests, tcp_events; ///< tcp://127.0.0.1:port
    std::optional<std::string> station_key;
    StationIdentity station;
    std::int64_t station_epoch = 0, gate_epoch = 0;
    Limits limits;
    std::map<std::string, std::int64_t> seq; ///< last sequence number of every stream
};
BOOST_DESCRIBE_STRUCT(GateConfig, (),
                      (requests, events, data, tcp_requests, tcp_events, station_key, station, station_epoch,
                       gate_epoch, limits, seq))

/// Sent when a figure changed, at most once a second; the gate's own totals since it started.
struct GateCounters {
    std::int64_t http_closed = 0, bad_requests = 0, refused_connections = 0, events_dropped = 0, requests = 0;
};
BOOST_DESCRIBE_STRUCT(GateCounters, (), (http_closed, bad_requests, refused_connections, events_dropped, requests))

/// Sent when it changes: events of other streams need not come.
struct GateInterest {
    std::vector<std::string> prefixes; ///< of the names of streams that somebody listens to; "" is all of them
};
BOOST_DESCRIBE_STRUCT(GateInterest, (), (prefixes))

/// The receiver has taken this many descriptors off the channel: credit for as many new ones.
struct Taken {
    std::int64_t descriptors = 0;
};
BOOST_DESCRIBE_STRUCT(Taken, (), (descriptors))

} // namespace rekam::wire
