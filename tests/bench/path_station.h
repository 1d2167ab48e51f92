// SPDX-License-Identifier: Apache-2.0
// The request path without processes, sockets, clock and disk: the gate's table, the broker and a host's loops in one
// thread, as the simulator wires them but without chance. What it executes is the same every time, so its instructions
// can be counted.
#pragma once

#include "core/broker/broker.h"
#include "core/gate/table.h"
#include "core/host/loops.h"

#include <deque>
#include <string>

namespace rekam::bench {

class PathStation {
  public:
    PathStation();

    /// A client's message; everything that follows from it happens before this returns. The header of the answer.
    /// Throws when there is none, or when it is not ok.
    const std::string& ask(std::string header);

  private:
    struct Child {
        broker::ChildId id = 0;
        std::uint64_t incarnation = 0;
    };

    void step(broker::Event event);
    void settle();
    void carry_out(broker::Effect& effect);
    void spawn(const broker::Spawn& effect);
    void to_child(broker::ChildId child, wire::Message message);
    void to_broker(broker::ChildId child, wire::Message message);
    void enumerate(const wire::Message& message);
    void gate_step(gate::Event event);
    void host_step(host::DeviceNo device, host::Event event);
    void host_acts(host::DeviceNo device, host::Effect& effect);

    broker::Broker broker_;
    gate::Table gate_;
    host::Loops host_;
    Child gate_child_, host_child_, enumerator_child_;
    std::deque<broker::Event> events_;
    Now now_{.mono_us = 1'000'000, .boot_us = 1'000'000, .utc_us = 1'780'000'000'000'000, .synced = true};
    std::uint64_t nonce_ = 0;
    std::string answer_;
};

} // namespace rekam::bench
