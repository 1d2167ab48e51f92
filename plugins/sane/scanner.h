// SPDX-License-Identifier: Apache-2.0 OR MIT
// One open scanner as the station sees it. Thread: [device], but interrupt.
#pragma once

#include "plugins/sane/scan.h"
#include "plugins/sane/usb.h"

namespace rekam::sane {

class Scanner final : public plugin::Device, public plugin::Capture {
  public:
    /// Opens it; throws Error.
    Scanner(std::shared_ptr<SaneThread> thread, plugin::Host host, const std::string& sane_name,
            const std::string& type);
    ~Scanner() override;

    // interrupt() stays the SDK's: every wait in here asks cancelled() at least every 50 ms.
    void health(uint32_t level, plugin::Job& job, plugin::HealthReport& report) override;
    plugin::Capabilities capabilities(uint32_t function) override;
    void run(plugin::Job& job) override;

    /// The scanner's own number where an option tells it.
    const std::string& serial() const { return serial_; }

  private:
    void probe();
    void tell_changes(Patience& patience);
    void self_check(plugin::HealthReport& report);
    void check_sensors(const std::vector<Setting>& values, plugin::HealthReport& report) const;
    void exercise(plugin::Job& job, plugin::HealthReport& report);

    std::shared_ptr<SaneThread> thread_;
    plugin::Host host_;
    std::shared_ptr<OpenScanner> scanner_;
    plugin::Capabilities capabilities_;
    std::string serial_;
};

} // namespace rekam::sane
