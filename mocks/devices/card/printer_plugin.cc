// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/card/family.h"

REKAM_PLUGIN(rekam::mock::MockPlugin<rekam::mock_card::Printer>,
             rekam::plugin::Manifest("id.rekam.mock.card-printer", "Mock card printers", "Rekam", "1.0")
                 .functions(REKAM_FUNCTION_CARD_PRINTER | REKAM_FUNCTION_CARD_READER)
                 .mock()
                 .environment("REKAM_MOCK_CARD_PRINTER;REKAM_MOCK_CARD_FAULTS"));
