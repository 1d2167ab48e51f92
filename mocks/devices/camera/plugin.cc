// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/camera/device.h"

namespace {

// A driver does nothing at load. This one must be able to die there, so that the station can be seen to survive it.
[[gnu::constructor]] void at_load() {
    rekam_error_t ignored{};
    rekam::plugin::guard(&ignored, [] {
        using namespace rekam::mock;
        Live live;
        Engine({Camera::kind().faults_variable(), rekam::plugin::Host(nullptr), &live}, "", 0).suffer("load", nullptr);
    });
}

#ifdef REKAM_MOCK_SHARED
constexpr rekam::plugin::Manifest manifest =
    rekam::plugin::Manifest("id.rekam.mock.shared", "Mock camera, shared", "Rekam", "1.0")
        .process(REKAM_PROCESS_SHARED);
#else
constexpr rekam::plugin::Manifest manifest =
    rekam::plugin::Manifest("id.rekam.mock.camera", "Mock camera", "Rekam", "1.0");
#endif

} // namespace

REKAM_PLUGIN(
    rekam::mock::MockPlugin<rekam::mock::Camera>,
    manifest.functions(REKAM_FUNCTION_CAMERA).mock().environment("REKAM_MOCK_CAMERA;REKAM_MOCK_CAMERA_FAULTS"));
