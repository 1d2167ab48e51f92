// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/studio-camera/device.h"

REKAM_PLUGIN(rekam::mock::MockPlugin<rekam::mock::StudioCamera>,
             rekam::plugin::Manifest("id.rekam.mock.studio-camera", "Mock studio camera", "Rekam", "1.0")
                 .functions(REKAM_FUNCTION_CAMERA)
                 .mock()
                 .environment("REKAM_MOCK_STUDIO_CAMERA;REKAM_MOCK_STUDIO_CAMERA_FAULTS"));
