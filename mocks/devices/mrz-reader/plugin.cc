// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/mrz-reader/device.h"

REKAM_PLUGIN(rekam::mock::MockPlugin<rekam::mock::MrzReader>,
             rekam::plugin::Manifest("id.rekam.mock.mrz-reader", "Mock MRZ reader", "Rekam", "1.0")
                 .functions(REKAM_FUNCTION_MRZ_READER)
                 .mock()
                 .environment("REKAM_MOCK_MRZ_READER;REKAM_MOCK_MRZ_READER_FAULTS"));
