// SPDX-License-Identifier: Apache-2.0 OR MIT
// A scanner for single fingers, plain or rolled, and for slaps, which it takes apart itself.
#pragma once

#include "mocks/devices/kit/device.h"

namespace rekam::mock {

class FingerprintScanner final : public MockDevice {
  public:
    static const Kind& kind();
    FingerprintScanner(DeviceSpec spec, const Engine::Of& of) : MockDevice(std::move(spec), of) {}

  private:
    std::string parameters(uint32_t function) const override;
    void shoot(plugin::Job& job, const CallFaults& faults, uint32_t page) override;
};

} // namespace rekam::mock
