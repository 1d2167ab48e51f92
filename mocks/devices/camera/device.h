// SPDX-License-Identifier: Apache-2.0 OR MIT
// A camera on a desk.
#pragma once

#include "mocks/devices/kit/device.h"

namespace rekam::mock {

class Camera final : public MockDevice, public plugin::Preview {
  public:
    static const Kind& kind();
    Camera(DeviceSpec spec, const Engine::Of& of) : MockDevice(std::move(spec), of) {}

    uint64_t preview_start(const plugin::Request& request) override;
    void preview_next(uint32_t timeout_ms, rekam_preview_buffer_t& buffer) override;
    void preview_stop() noexcept override { shown_ = 0; }

  private:
    std::string parameters(uint32_t function) const override;
    void shoot(plugin::Job& job, const CallFaults& faults, uint32_t page) override;
    uint32_t shots() const override { return spec().number("frames"); }
    const char* guidance() const override { return "look-here"; }

    uint32_t shown_ = 0;   // pictures of this preview
    uint64_t next_us_ = 0; // when the sensor has another
};

} // namespace rekam::mock
