// SPDX-License-Identifier: Apache-2.0 OR MIT
// Identity documents of Utopia as a camera above them sees them, in true size. Pure.
#pragma once

#include "mocks/devices/kit/picture.h"

namespace rekam::mock {

// The data page of a passport (125 by 88 mm), RGB.
Picture passport_page(uint32_t seed, uint32_t dpi, uint32_t number);

// A card (85.6 by 54 mm): the side with the portrait, or the one with the zone.
Picture card_side(uint32_t seed, uint32_t dpi, bool back, uint32_t number);

} // namespace rekam::mock
