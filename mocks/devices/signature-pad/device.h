// SPDX-License-Identifier: Apache-2.0 OR MIT
// A pad of 96 by 60 mm with a pen that is read 200 times a second.
#pragma once

#include "mocks/devices/kit/device.h"

namespace rekam::mock {

class SignaturePad final : public MockDevice {
  public:
    static const Kind& kind();
    SignaturePad(DeviceSpec spec, const Engine::Of& of) : MockDevice(std::move(spec), of) {}

  private:
    std::string parameters(uint32_t function) const override;
    void shoot(plugin::Job& job, const CallFaults& faults, uint32_t page) override;
    const char* guidance() const override { return "sign-now"; }
};

} // namespace rekam::mock
