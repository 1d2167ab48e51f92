// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/leftovers.h"

#include "core/io/process_tree.h"
#include "core/rekamd/log.h"

#include <set>
#include <string>
#include <thread>

namespace rekam::rekamd {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 5ms;

std::string words_for(const io::Descendant& process) {
    return "process " + std::to_string(process.pid) + " (" + process.name +
           "), left behind by a rekamd that was killed,";
}

} // namespace

void end_leftovers(std::uint64_t station, std::chrono::milliseconds limit) {
    const auto give_up = std::chrono::steady_clock::now() + limit;
    std::set<std::pair<pid_t, std::uint64_t>> told; // by start time: a number may come twice
    // Looked at until there is none: what is killed may have forked just before.
    for (auto found = io::marked(station); !found.empty(); found = io::marked(station)) {
        for (const auto& process : found) {
            if (told.emplace(process.pid, process.start_ticks).second)
                log(broker::Level::warning, "station", words_for(process) + " is ended");
            io::kill_exactly(process);
        }
        if (std::chrono::steady_clock::now() >= give_up) {
            for (const auto& process : found)
                log(broker::Level::error, "station",
                    words_for(process) + " does not die; if a device stays held, power-cycle it");
            return;
        }
        std::this_thread::sleep_for(look_every);
    }
}

} // namespace rekam::rekamd
