// SPDX-License-Identifier: Apache-2.0 OR MIT
// A near-infrared camera for one eye or both.
#pragma once

#include "mocks/devices/kit/device.h"

namespace rekam::mock {

class IrisCamera final : public MockDevice {
  public:
    static const Kind& kind();
    IrisCamera(DeviceSpec spec, const Engine::Of& of) : MockDevice(std::move(spec), of) {}

  private:
    std::string parameters(uint32_t function) const override;
    void shoot(plugin::Job& job, const CallFaults& faults, uint32_t page) override;
    const char* guidance() const override { return "open-eyes"; }
};

} // namespace rekam::mock
