// SPDX-License-Identifier: Apache-2.0 OR MIT
// A camera on a desk.
#pragma once

#include "mocks/devices/kit/device.h"

namespace rekam::mock {

class Camera final : public MockDevice {
  public:
    static const Kind& kind();
    explicit Camera(DeviceSpec spec) : MockDevice(kind(), std::move(spec)) {}

  private:
    std::string parameters(uint32_t function) const override;
    void shoot(plugin::Job& job, const CallFaults& faults, uint32_t page) override;
    uint32_t shots() const override { return spec().number("frames"); }
    const char* guidance() const override { return "look-here"; }
};

} // namespace rekam::mock
