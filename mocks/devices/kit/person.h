// SPDX-License-Identifier: Apache-2.0 OR MIT
// Somebody who does not exist, a citizen of Utopia, and what their documents say. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace rekam::mock {

struct Citizen {
    std::string surname, given_names, number, birth, expiry, optional; // dates YYMMDD
    char sex = 'X';
    explicit Citizen(uint32_t seed);
};

// The check digit of ICAO 9303: weights 7 3 1.
char zone_digit(const std::string& text);

// A passport's zone: two lines of 44.
std::vector<std::string> passport_zone(const Citizen& citizen);
// An identity card's: three lines of 30.
std::vector<std::string> card_zone(const Citizen& citizen);

} // namespace rekam::mock
