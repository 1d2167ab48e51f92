// SPDX-License-Identifier: Apache-2.0 OR MIT
// A camera of another make: it stands on its side, zooms, and exposes as told.
#pragma once

#include "mocks/devices/kit/device.h"

namespace rekam::mock {

class StudioCamera final : public MockDevice {
  public:
    static const Kind& kind();
    StudioCamera(DeviceSpec spec, const Engine::Of& of) : MockDevice(std::move(spec), of) {}

  private:
    std::string parameters(uint32_t function) const override;
    void shoot(plugin::Job& job, const CallFaults& faults, uint32_t page) override;
    const char* guidance() const override { return "look-here"; }
};

} // namespace rekam::mock
