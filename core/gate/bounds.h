// SPDX-License-Identifier: Apache-2.0
// How much the gate keeps at most, beside the limits that clients are told (wire::Limits). Every table has a bound.
#pragma once

#include "core/base/clock.h"

#include <cstddef>
#include <cstdint>

namespace rekam::gate {

struct Bounds {
    std::size_t open_requests = 8'192;     ///< of all clients
    std::size_t hellos_per_client = 4;     ///< open at once
    std::size_t finals_per_client = 1'024; ///< waiting for one: a burst of requests gets its answers
    std::size_t parts_per_client = 32;     ///< among them
    std::size_t waiting_parts = 256;       ///< of all clients: each is an open descriptor
    std::size_t attachments_held = 64;     ///< of requests that wait until the broker has taken earlier ones
    std::size_t waiting_bytes = 64u << 20; ///< headers of all clients
    std::size_t subscriptions = 1'024;     ///< prefixes; beyond, every stream counts as subscribed
    std::size_t streams = 65'536;
    std::size_t kept_descriptors = 192; ///< of open tickets, and of the buffers of previews
    std::size_t tickets = 64;           ///< open ones
    std::size_t tickets_per_session = 16;
    std::size_t data_connections = 128; ///< to the data socket
    std::size_t data_connections_per_user = 64;
    std::int64_t show_us = 5 * us_per_s;            ///< from connecting to showing a ticket
    std::int64_t ticket_us = 10 * us_per_s;         ///< a frame's ticket is good for so long
    std::int64_t preview_ticket_us = 60 * us_per_s; ///< a preview's, which may go to a program that is started for it
    std::int64_t unread_us = 30 * us_per_s;         ///< a client that takes nothing for this long is forgotten
    std::int64_t retry_us = 20 * us_per_ms;         ///< between attempts to send what waits
    std::int64_t beat_us = us_per_s;
    std::int64_t stop_us = 500 * us_per_ms; ///< for waiting finals, when the station stops
};

} // namespace rekam::gate
