// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/signature-pad/device.h"

REKAM_PLUGIN(rekam::mock::MockPlugin<rekam::mock::SignaturePad>,
             rekam::plugin::Manifest("id.rekam.mock.signature-pad", "Mock signature pad", "Rekam", "1.0")
                 .functions(REKAM_FUNCTION_SIGNATURE)
                 .mock()
                 .environment("REKAM_MOCK_SIGNATURE_PAD;REKAM_MOCK_SIGNATURE_PAD_FAULTS"));
