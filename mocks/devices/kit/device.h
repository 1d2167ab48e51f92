// SPDX-License-Identifier: Apache-2.0 OR MIT
// What every mock device does alike: its script of failures, its counters, honest time, and the plugin around it.
#pragma once

#include <initializer_list>
#include <memory>

#include "mocks/devices/kit/engine.h"
#include "mocks/devices/kit/picture.h"
#include "mocks/devices/kit/spec.h"

namespace rekam::mock {

class MockDevice : public plugin::Device, public plugin::Capture, public plugin::Identify, public plugin::Statistics {
  public:
    MockDevice(DeviceSpec spec, const Engine::Of& of) : spec_(std::move(spec)), engine_(of, spec_.id, spec_.seed) {}
    ~MockDevice() override;

    void health(uint32_t level, plugin::Job& job, plugin::HealthReport& report) override;
    plugin::Capabilities capabilities(uint32_t function) override;
    void run(plugin::Job& job) override;
    uint32_t identify_means() noexcept override { return REKAM_IDENTIFY_LIGHT; }
    void identify(uint32_t means, uint32_t ms) override;
    std::vector<rekam_counter_t> statistics() override;
    Engine& engine() { return engine_; }

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
    void submit(plugin::Frame& frame, Picture picture, plugin::Job& job, const CallFaults& faults);

  private:
    DeviceSpec spec_;
    Engine engine_;
    uint32_t jobs_ = 0, frames_ = 0;
};

// A parameter that the device lacks is refused by name, never ignored.
void check_parameters(const plugin::Request& request, std::initializer_list<std::string_view> known);
// An integer parameter that must be one of those; the first is the default.
int64_t one_of(const plugin::Request& request, const char* key, std::initializer_list<int64_t> allowed);
// A score (1..100) with the reason that is usual for a bad one.
void set_quality(rekam_quality_t& quality, uint32_t score, std::string_view algorithm, std::string_view reason);

// What a plugin is made of: its devices, and which variables say so. Those of one kind of MockDevice, unless a mock of
// another make says otherwise.
template <class Of> struct Family {
    using Spec = DeviceSpec;
    static std::string faults_variable() { return Of::kind().faults_variable(); }
    static std::vector<Spec> specs() { return read_spec(Of::kind()); }
    static std::unique_ptr<Of> make(Spec spec, const Engine::Of& of) {
        return std::make_unique<Of>(std::move(spec), of);
    }
};

// Two calls of rekam.mock/1, for a device of whichever kind.
void tell(const Engine::Of& of, const std::string& device, std::string_view faults);
std::string say(const Engine::Of& of, const std::string& device);

template <class Of> class MockPlugin final : public plugin::Plugin, public plugin::Mock {
  public:
    explicit MockPlugin(plugin::Host host) : of_{Family<Of>::faults_variable(), host, &live_} { suffer("create"); }

    std::vector<plugin::DeviceInfo> enumerate() override {
        suffer("enumerate");
        std::vector<plugin::DeviceInfo> found;
        for (const auto& spec : Family<Of>::specs())
            if (Engine(of_, spec.id, 0).plugged())
                found.push_back(spec.info());
        return found;
    }

    plugin::Opened open(const std::string& id) override {
        for (const auto& spec : Family<Of>::specs())
            if (spec.id == id) {
                auto device = Family<Of>::make(spec, of_);
                device->engine().suffer("open", nullptr);
                device->engine().on_gone(
                    [host = of_.host, gone = device.get()] { host.device_changed(*gone, REKAM_CHANGED_GONE); });
                of_.host.log(REKAM_LOG_INFO, "opened " + id);
                return {std::move(device), spec.info()};
            }
        throw plugin::Error(REKAM_E_DEVICE_GONE, "no mock device " + id + " is plugged in").hint("check-cable");
    }

    void mock_set(const std::string& device, std::string_view faults) override {
        check(device);
        tell(of_, device, faults);
    }
    std::string mock_get(const std::string& device) override {
        check(device);
        return say(of_, device);
    }

  private:
    void suffer(std::string_view call) { Engine(of_, "", 0).suffer(call, nullptr); }
    void check(const std::string& device) const {
        for (const auto& spec : Family<Of>::specs())
            if (spec.id == device)
                return;
        throw plugin::Error(REKAM_E_UNKNOWN_DEVICE, "this mock has no device " + device);
    }

    Live live_;
    const Engine::Of of_;
};

} // namespace rekam::mock
