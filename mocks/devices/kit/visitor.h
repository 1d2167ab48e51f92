// SPDX-License-Identifier: Apache-2.0 OR MIT
// Who sits before a device whose key `visitor` names a file: the number in it, read at each exposure. The pictures
// carry it, so that a test knows whose they are without believing anybody.
#pragma once

#include <optional>
#include <string>

#include "mocks/devices/kit/picture.h"

namespace rekam::mock {

// Throws rekam::plugin::Error for a file that holds no number.
uint32_t visitor_of(const std::string& path);

// Along the upper edge from the left: 48 squares of 6 pixels, black for 1, the highest bit first: 0xB2, the number in
// 32 bits, and the sum of its four bytes in 8. A picture that is too narrow is left as it is.
void mark_visitor(Picture& picture, uint32_t number);

} // namespace rekam::mock
