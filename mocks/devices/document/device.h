// SPDX-License-Identifier: Apache-2.0 OR MIT
// A camera over a glass that takes identity documents and reads their machine-readable zone: one device, two functions.
#pragma once

#include "mocks/devices/kit/device.h"

namespace rekam::mock {

class DocumentCamera final : public MockDevice, public plugin::Status {
  public:
    static const Kind& kind();
    DocumentCamera(DeviceSpec spec, const Engine::Of& of) : MockDevice(std::move(spec), of) {}
    std::vector<plugin::Consumable> consumables() override;

  private:
    std::string parameters(uint32_t function) const override;
    void shoot(plugin::Job& job, const CallFaults& faults, uint32_t page) override;
};

} // namespace rekam::mock
