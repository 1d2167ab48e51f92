// SPDX-License-Identifier: Apache-2.0
// What the gate does to itself before it reads a byte from anybody.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rekam::gate {

/// The channel to rekamd.
constexpr int channel_fd = 3;

/// Dies with its parent, gains no privileges, keeps no descriptor but stdio and the channel, dumps no core (it would
/// hold the station key and people's data), may open as many descriptors as the hard limit allows, and seeds the
/// generator from which libzmq makes routing ids: unseeded, a restarted gate gives one client the id of another.
/// Throws std::runtime_error where going on would be unsafe: no channel, or the parent is gone already.
void prepare_process();

/// How many descriptors this process may have.
int descriptor_limit();

/// The lowest free number: so many are in use, as the kernel fills gaps first.
int descriptors_in_use();

/// How the descriptors of this process are shared out.
struct Room {
    int connections_below = 0; ///< the numbers that connections of ZeroMQ may have
    // For Bounds:
    std::size_t waiting_parts = 0;    ///< parts that wait for a client
    std::size_t kept_descriptors = 0; ///< of open tickets and of previews
    std::size_t data_connections = 0;
};
Room share_descriptors(int in_use, int limit, std::int64_t connections);

} // namespace rekam::gate
