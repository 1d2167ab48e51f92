// SPDX-License-Identifier: Apache-2.0
// The broker: the only part with authority. Pure: no clock, thread, socket, file or randomness; the same events give
// the same effects. Two shells run it, the reactor of rekamd and the simulator.
#pragma once

#include "core/base/clock.h"
#include "core/broker/effect.h"

#include <memory>

namespace rekam::broker {

struct State;

class Broker {
  public:
    Broker();
    ~Broker();
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    /// Takes one event, gives what is to be done. The first event must be Restored; after an Exit none may follow.
    Effects step(const Now& now, Event event);

    /// When a Tick is due at the latest, on Now::mono_us; never_us for not at all. Leases run on boot_us: a shell that
    /// wakes from suspend sends a Tick at once.
    [[nodiscard]] std::int64_t next_deadline_us() const;

    /// A card has begun: a stop waits for its end, which the broker bounds.
    [[nodiscard]] bool finishes_card() const;

    /// For the simulator's invariants and the tests only.
    [[nodiscard]] const State& state() const { return *state_; }

  private:
    std::unique_ptr<State> state_;
};

} // namespace rekam::broker
