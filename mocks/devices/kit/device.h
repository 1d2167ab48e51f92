// SPDX-License-Identifier: Apache-2.0 OR MIT
// What every mock device does alike: its script of failures, its counters, honest time, and the plugin around it.
#pragma once

#include <initializer_list>

#include "mocks/devices/kit/faults.h"
#include "mocks/devices/kit/picture.h"
#include "mocks/devices/kit/spec.h"

namespace rekam::mock {

class MockDevice : public plugin::Device, public plugin::Capture, public plugin::Identify, public plugin::Statistics {
  public:
    MockDevice(const Kind& kind, DeviceSpec spec) : faults_variable_(kind.faults_variable()), spec_(std::move(spec)) {}
    ~MockDevice() override;

    void health(uint32_t level, plugin::Job& job, plugin::HealthReport& report) override;
    plugin::Capabilities capabilities(uint32_t function) override;
    void run(plugin::Job& job) override;
    uint32_t identify_means() noexcept override { return REKAM_IDENTIFY_LIGHT; }
    void identify(uint32_t means, uint32_t ms) override;
    std::vector<rekam_counter_t> statistics() override;

  protected:
    // --- what a mock is made of ---
    // The capability text of a function that the device has.
    virtual std::string parameters(uint32_t function) const = 0;
    // One capture. May be called several times for one job where the script says so; page counts from 1.
    virtual void shoot(plugin::Job& job, const CallFaults& faults, uint32_t page) = 0;
    // How often it does so for one job.
    virtual uint32_t shots() const { return 1; }
    // What a guided check asks the person to do.
    virtual const char* guidance() const { return "place"; }

    // --- helpers for shoot ---
    const DeviceSpec& spec() const { return spec_; }
    // How many captures there were, this one included: pictures of one subject differ as real ones do.
    uint32_t number() const { return frames_; }
    // Submits raw pixels, exposed now (or stale, or truncated, as scripted). `record` has everything but the picture's.
    void submit(plugin::Frame& frame, const Picture& picture, const plugin::Request& request, const CallFaults& faults);

  private:
    CallFaults faults(std::string_view call) const { return {faults_variable_.c_str(), spec_.id, call}; }

    const std::string faults_variable_;
    const DeviceSpec spec_;
    uint32_t jobs_ = 0, frames_ = 0;
};

// CLOCK_MONOTONIC, as the ABI tells time.
uint64_t mono_us();
// A parameter that the device lacks is refused by name, never ignored.
void check_parameters(const plugin::Request& request, std::initializer_list<std::string_view> known);
// An integer parameter that must be one of those; the first is the default.
int64_t one_of(const plugin::Request& request, const char* key, std::initializer_list<int64_t> allowed);
// A score (1..100) with the reason that is usual for a bad one.
void set_quality(rekam_quality_t& quality, uint32_t score, std::string_view algorithm, std::string_view reason);

// The plugin around devices of one kind. Of has: static const Kind& kind(); and a constructor from DeviceSpec.
template <class Of> class MockPlugin final : public plugin::Plugin {
  public:
    explicit MockPlugin(plugin::Host host) : host_(host) { faults("", "create").suffer(nullptr); }

    std::vector<plugin::DeviceInfo> enumerate() override {
        faults("", "enumerate").suffer(nullptr);
        std::vector<plugin::DeviceInfo> found;
        for (const DeviceSpec& spec : read_spec(Of::kind()))
            found.push_back(spec.info());
        return found;
    }

    plugin::Opened open(const std::string& id) override {
        faults(id, "open").suffer(nullptr);
        for (const DeviceSpec& spec : read_spec(Of::kind()))
            if (spec.id == id) {
                host_.log(REKAM_LOG_INFO, "opened " + id);
                return {std::make_unique<Of>(spec), spec.info()};
            }
        throw plugin::Error(REKAM_E_DEVICE_GONE, "no mock device " + id + " is plugged in").hint("check-cable");
    }

  private:
    static CallFaults faults(std::string_view device, std::string_view call) {
        return {Of::kind().faults_variable().c_str(), device, call};
    }
    plugin::Host host_;
};

} // namespace rekam::mock
