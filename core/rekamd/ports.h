// SPDX-License-Identifier: Apache-2.0
// Resets USB ports on threads of their own: one that hangs in the kernel is left there, and the station goes on.
#pragma once

#include "core/broker/effect.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace rekam::rekamd {

class Ports {
  public:
    using Done = std::function<void(broker::PortReset)>;
    /// What is done at the port, on the thread: why it failed, or nothing.
    using Act = std::function<std::optional<std::string>(const broker::ResetPort&)>;

    /// `done` is called on the loop.
    Ports(boost::asio::io_context& loop, Done done, Act act);
    ~Ports();
    Ports(const Ports&) = delete;
    Ports& operator=(const Ports&) = delete;

    /// At most `threads_max` at a time, those that hang included; more are answered as failed.
    void reset(broker::ResetPort wanted);

    static constexpr int threads_max = 4;

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_; ///< with the threads, which may outlive this
};

/// The real thing: core/io/usb_port.h.
std::optional<std::string> act_on_port(const broker::ResetPort& wanted);

} // namespace rekam::rekamd
