// SPDX-License-Identifier: Apache-2.0 OR MIT
// A reader of machine-readable zones that gives no picture.
#pragma once

#include "mocks/devices/kit/device.h"

namespace rekam::mock {

class MrzReader final : public MockDevice {
  public:
    static const Kind& kind();
    MrzReader(DeviceSpec spec, const Engine::Of& of) : MockDevice(std::move(spec), of) {}

  private:
    std::string parameters(uint32_t function) const override;
    void shoot(plugin::Job& job, const CallFaults& faults, uint32_t page) override;
};

} // namespace rekam::mock
