// SPDX-License-Identifier: Apache-2.0
// Two names for what one person must not do alone.
#pragma once

#include <string>
#include <string_view>

namespace rekam::broker {

/// The name without blanks around it and with single ones inside: what is compared, and what is kept.
std::string trimmed(std::string_view name);
/// Whether two names are one person's, written differently: blanks and the case of A to Z do not count.
bool same_person(std::string_view one, std::string_view other);

} // namespace rekam::broker
