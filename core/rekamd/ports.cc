// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/ports.h"

#include "core/io/usb_port.h"

namespace rekam::rekamd {

Ports::Ports(boost::asio::io_context& loop, Done done, Act act)
    : aside_(
          loop, std::move(done),
          [act = std::move(act)](const broker::ResetPort& wanted) {
              return broker::PortReset{wanted.device, act(wanted)};
          },
          [](const broker::ResetPort& wanted, std::string why) {
              return broker::PortReset{wanted.device, std::move(why)};
          }) {}

std::optional<std::string> act_on_port(const broker::ResetPort& wanted) {
    return wanted.power ? io::power_cycle_usb_port(wanted.physical) : io::reset_usb_port(wanted.physical);
}

} // namespace rekam::rekamd
