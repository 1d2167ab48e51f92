// SPDX-License-Identifier: Apache-2.0
// rekam-gate: the station's front door. Started by rekamd only, with the channel at descriptor 3. It may die at any
// moment: sessions, leases, jobs and results are the broker's.
#include "core/gate/process.h"
#include "core/gate/shell.h"

#include <algorithm>
#include <exception>

namespace {
constexpr int exit_usage = 64;
}

int main() {
    using namespace rekam::gate;
    try {
        prepare_process();
    } catch (const std::exception& error) {
        log_line(Level::error, std::string("rekam-gate is started by rekamd only: ") + error.what());
        return exit_usage;
    }
    try {
        Bounds bounds;
        const Room room = share_descriptors(channel_fd, descriptor_limit(), 1);
        bounds.waiting_parts = room.waiting_parts;
        bounds.kept_descriptors = room.kept_descriptors;
        bounds.tickets = std::min(bounds.tickets, room.kept_descriptors);
        bounds.data_connections = room.data_connections;
        bounds.data_connections_per_user = (room.data_connections + 1) / 2;
        Shell shell(rekam::io::Fd(channel_fd), bounds);
        return shell.run();
    } catch (const std::exception& error) {
        log_line(Level::error, error.what());
        return 1;
    }
}
