// SPDX-License-Identifier: Apache-2.0
// What the machine knows of a device, looked up beside the loop for device.doctor.
#pragma once

#include "core/broker/effect.h"
#include "core/io/device_nodes.h"
#include "core/rekamd/aside.h"

namespace rekam::rekamd {

class Machine {
  public:
    Machine(boost::asio::io_context& loop, std::function<void(broker::Probed)> done, io::MachinePlaces places = {});

    /// Beyond Aside's number of threads it is answered as failed.
    void look(broker::Probe wanted) { aside_.begin(std::move(wanted)); }

  private:
    Aside<broker::Probe, broker::Probed> aside_;
};

} // namespace rekam::rekamd
