// SPDX-License-Identifier: Apache-2.0 OR MIT
// One open mock device: a camera or a fingerprint scanner.
#pragma once

#include <rekam/plugin.hpp>

#include "mocks/devices/camera/faults.h"
#include "mocks/devices/camera/spec.h"

namespace rekam::mock_camera {

class MockDevice final : public plugin::Device,
                         public plugin::Capture,
                         public plugin::Identify,
                         public plugin::Statistics {
  public:
    explicit MockDevice(DeviceSpec spec) : spec_(std::move(spec)) {}
    ~MockDevice() override;

    void health(uint32_t level, plugin::Job& job, plugin::HealthReport& report) override;
    plugin::Capabilities capabilities(uint32_t function) override;
    void run(plugin::Job& job) override;
    uint32_t identify_means() noexcept override { return REKAM_IDENTIFY_LIGHT; }
    void identify(uint32_t means, uint32_t ms) override;
    std::vector<rekam_counter_t> statistics() override;

  private:
    void shoot(plugin::Job& job, const CallFaults& faults, uint32_t page);
    void photo(plugin::Job& job, const CallFaults& faults);
    void slap(plugin::Job& job, const CallFaults& faults);

    DeviceSpec spec_;
    uint32_t jobs_ = 0, frames_ = 0;
};

} // namespace rekam::mock_camera
