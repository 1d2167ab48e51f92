// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/commands.h"
#include "tests/bench/measure.h"

#include <cstdio>
#include <stdexcept>

#include <poll.h>
#include <unistd.h>

namespace rekam::bench {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr int handshakes_at_a_time = 64;

bool stdin_ended() {
    pollfd wait{STDIN_FILENO, POLLIN, 0};
    return ::poll(&wait, 1, 0) == 1;
}

} // namespace

void beat(const std::string& target, int count, int every_s) {
    zmq::context_t context;
    context.set(zmq::ctxopt::max_sockets, count + 16);
    std::vector<std::unique_ptr<Target>> clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(make_target(context, target));
        if (i % handshakes_at_a_time == 0)
            clients.back()->once();
    }
    for (auto& client : clients)
        client->once();
    std::printf("ready\n");
    std::fflush(stdout);
    char go = 0; // when the clients of all processes are there: their handshakes are no beats
    must(::read(STDIN_FILENO, &go, 1) == 1, "reading the word to begin");
    // One after the other, evenly over that time. A client's beat waits for its answer; what that takes is caught up
    // with, and a turn that is late by more than ten seconds is a station that does not keep up.
    const auto begun = now_ns();
    for (std::int64_t beats = 0; !stdin_ended(); ++beats) {
        const auto due = begun + beats * every_s * second_ns / count;
        if (const auto early = due - now_ns(); early > 0)
            ::usleep(static_cast<useconds_t>(early / 1'000));
        else
            must(-early < 10 * second_ns, "the beats are ten seconds late");
        clients[static_cast<std::size_t>(beats) % clients.size()]->once();
    }
}

} // namespace rekam::bench
