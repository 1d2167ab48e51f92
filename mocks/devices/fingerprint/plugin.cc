// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/fingerprint/device.h"

REKAM_PLUGIN(rekam::mock::MockPlugin<rekam::mock::FingerprintScanner>,
             rekam::plugin::Manifest("id.rekam.mock.fingerprint", "Mock fingerprint scanner", "Rekam", "1.0")
                 .functions(REKAM_FUNCTION_FINGERPRINT)
                 .mock()
                 .environment("REKAM_MOCK_FINGERPRINT;REKAM_MOCK_FINGERPRINT_FAULTS"));
