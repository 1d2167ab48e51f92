// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/document/device.h"

REKAM_PLUGIN(rekam::mock::MockPlugin<rekam::mock::DocumentCamera>,
             rekam::plugin::Manifest("id.rekam.mock.document", "Mock document camera with MRZ", "Rekam", "1.0")
                 .functions(REKAM_FUNCTION_DOCUMENT | REKAM_FUNCTION_MRZ_READER)
                 .mock()
                 .environment("REKAM_MOCK_DOCUMENT;REKAM_MOCK_DOCUMENT_FAULTS"));
