// SPDX-License-Identifier: Apache-2.0 OR MIT
// Machine-readable zones as ICAO 9303 lays them out (parts 4 to 7): lines to fields and check digits. Pure.
#pragma once

#include "core/wire/readings.h"

namespace rekam::host {

/// The digit of a text: weights 7 3 1; digits count as themselves, A to Z as 10 to 35, the filler as 0.
char mrz_check_digit(std::string_view text);

/// Lines of no known document are `bad-frame`. Wrong check digits are no error: they are told.
wire::Expected<wire::Mrz> parse_mrz(const wire::MrzLines& lines);

} // namespace rekam::host
