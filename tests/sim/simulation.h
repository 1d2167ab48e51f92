// SPDX-License-Identifier: Apache-2.0
// One run: a station with everything around it, faults for a while, then none, and in the end all must be well.
#pragma once

#include "tests/sim/clients.h"

#include <optional>

namespace rekam::sim {

struct Failure {
    std::string invariant, what;
    std::int64_t step = 0;
    std::deque<std::string> last;
};

struct Outcome {
    std::optional<Failure> failure;
    std::int64_t steps = 0;
    std::uint64_t hash = 0;
    std::size_t jobs = 0, done = 0;
};

class Simulation {
  public:
    Simulation(std::uint64_t seed, std::int64_t steps, bool print);
    Outcome run();

  private:
    void draw_rates();
    void live();
    void drain();
    void probe(const char* when);
    static void use_slot(Client& client, const std::string& name);
    void look_through(Client& client, const std::string& name, const char* when);
    void use_every_slot(Client& client, const char* when);
    void stop_and_start();
    /// Runs until `done`; a violation of `invariant` when that takes longer.
    void run_until(std::int64_t most_us, std::string_view invariant, const std::function<std::string()>& missing);
    void one_step();
    void disturb();
    void disturb_station();
    void disturb_hardware();
    [[nodiscard]] bool usable(const std::string& slot) const;

    World world_;
    Hardware hardware_;
    Truth truth_;
    Clients clients_;
    Station station_;
    std::int64_t wanted_, steps_ = 0;
};

} // namespace rekam::sim
