// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/iris/device.h"

REKAM_PLUGIN(rekam::mock::MockPlugin<rekam::mock::IrisCamera>,
             rekam::plugin::Manifest("id.rekam.mock.iris", "Mock iris camera", "Rekam", "1.0")
                 .functions(REKAM_FUNCTION_IRIS)
                 .mock()
                 .environment("REKAM_MOCK_IRIS;REKAM_MOCK_IRIS_FAULTS"));
