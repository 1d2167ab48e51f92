// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <rekam/plugin.hpp>

#include "mocks/devices/camera/device.h"

namespace rekam::mock_camera {
namespace {

// A driver does nothing at load. This one must be able to die there, so that the station can be seen to survive it.
[[gnu::constructor]] void at_load() {
    rekam_error_t ignored{};
    plugin::guard(&ignored, [] { CallFaults("", "load").suffer(nullptr); });
}

plugin::DeviceInfo info_of(const DeviceSpec& spec) {
    plugin::DeviceInfo info;
    info.functions = spec.function;
    info.open_ms_max = spec.open_ms_max;
    info.health_ms_max = spec.health_ms_max;
    info.health_beside = spec.health_beside ? 1u << REKAM_LEVEL_SELF : 0u;
    plugin::put_text(info.id, spec.id);
    plugin::put_text(info.make, spec.make);
    plugin::put_text(info.model, spec.model);
    plugin::put_text(info.serial, spec.serial);
    plugin::put_text(info.firmware, spec.firmware);
    plugin::put_text(info.physical, "mock:" + spec.id);
    return info;
}

class MockPlugin final : public plugin::Plugin {
  public:
    explicit MockPlugin(plugin::Host host) : host_(host) { CallFaults("", "create").suffer(nullptr); }

    std::vector<plugin::DeviceInfo> enumerate() override {
        CallFaults("", "enumerate").suffer(nullptr);
        std::vector<plugin::DeviceInfo> found;
        for (const DeviceSpec& spec : read_spec())
            found.push_back(info_of(spec));
        return found;
    }

    plugin::Opened open(const std::string& id) override {
        CallFaults(id, "open").suffer(nullptr);
        for (const DeviceSpec& spec : read_spec())
            if (spec.id == id) {
                host_.log(REKAM_LOG_INFO, "opened " + id);
                return {std::make_unique<MockDevice>(spec), info_of(spec)};
            }
        throw plugin::Error(REKAM_E_DEVICE_GONE, "no mock device " + id + " is plugged in").hint("check-cable");
    }

  private:
    plugin::Host host_;
};

#ifdef REKAM_MOCK_SHARED
constexpr plugin::Manifest manifest =
    plugin::Manifest("id.rekam.mock.shared", "Mock camera, shared", "Rekam", "1.0").process(REKAM_PROCESS_SHARED);
#else
constexpr plugin::Manifest manifest = plugin::Manifest("id.rekam.mock.camera", "Mock camera", "Rekam", "1.0");
#endif

} // namespace
} // namespace rekam::mock_camera

REKAM_PLUGIN(rekam::mock_camera::MockPlugin,
             rekam::mock_camera::manifest.functions(REKAM_FUNCTION_CAMERA | REKAM_FUNCTION_FINGERPRINT)
                 .environment("REKAM_MOCK_CAMERA;REKAM_MOCK_CAMERA_FAULTS"));
