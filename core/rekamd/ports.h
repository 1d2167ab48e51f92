// SPDX-License-Identifier: Apache-2.0
// Resets USB ports, beside the loop.
#pragma once

#include "core/broker/effect.h"
#include "core/rekamd/aside.h"

#include <optional>

namespace rekam::rekamd {

class Ports {
  public:
    using Done = std::function<void(broker::PortReset)>;
    /// What is done at the port, on the thread: why it failed, or nothing.
    using Act = std::function<std::optional<std::string>(const broker::ResetPort&)>;
    static constexpr int threads_max = Aside<broker::ResetPort, broker::PortReset>::threads_max;

    Ports(boost::asio::io_context& loop, Done done, Act act);

    /// Beyond threads_max it is answered as failed.
    void reset(broker::ResetPort wanted) { aside_.begin(std::move(wanted)); }

  private:
    Aside<broker::ResetPort, broker::PortReset> aside_;
};

/// The real thing: core/io/usb_port.h.
std::optional<std::string> act_on_port(const broker::ResetPort& wanted);

} // namespace rekam::rekamd
