// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/person.h"

#include "mocks/devices/kit/random.h"

namespace rekam::mock {
namespace {

constexpr std::array surnames{"WIJAYA",   "SIREGAR", "HASIBUAN",    "PUTRI",   "SANTOSO",   "LESTARI",
                              "NASUTION", "GUNAWAN", "SIMANJUNTAK", "HARTONO", "RAHMAWATI", "PRANATA"};
constexpr std::array given{"ANDI",    "SITI NURHALIZA", "BUDI",  "DEWI", "AGUS SALIM", "RINA",
                           "YOHANES", "MADE ARYA",      "FITRI", "DIAN", "TEGUH",      "INTAN AYU"};

std::string digits(Random& random, int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += static_cast<char>('0' + random.below(10));
    return text;
}

std::string two(int32_t number) {
    return {static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
}

// To so many characters: cut, or filled up.
std::string field(std::string text, std::size_t length) {
    for (char& c : text)
        c = c == ' ' || c == '-' ? '<' : c;
    text.resize(length, '<');
    return text;
}

} // namespace

Citizen::Citizen(uint32_t seed) {
    Random random(seed, "citizen");
    surname = random.pick(surnames);
    given_names = random.pick(given);
    number = static_cast<char>('A' + random.below(26)) + digits(random, 8);
    birth = two(random.between(50, 99)) + two(random.between(1, 12)) + two(random.between(1, 28));
    expiry = two(random.between(27, 36)) + two(random.between(1, 12)) + two(random.between(1, 28));
    optional = digits(random, 9);
    sex = random.chance(0.5) ? 'F' : 'M';
}

char zone_digit(const std::string& text) {
    constexpr std::array<unsigned, 3> weights{7, 3, 1};
    unsigned sum = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 0;
        sum += static_cast<unsigned>(value) * weights[i % 3];
    }
    return static_cast<char>('0' + sum % 10);
}

std::vector<std::string> passport_zone(const Citizen& citizen) {
    const std::string names = field("P<UTO" + citizen.surname + "<<" + citizen.given_names, 44);
    const std::string number = field(citizen.number, 9), optional = field(citizen.optional, 14);
    const std::string numbered = number + zone_digit(number), born = citizen.birth + zone_digit(citizen.birth);
    const std::string ends = citizen.expiry + zone_digit(citizen.expiry), more = optional + zone_digit(optional);
    return {names, numbered + "UTO" + born + citizen.sex + ends + more + zone_digit(numbered + born + ends + more)};
}

std::vector<std::string> card_zone(const Citizen& citizen) {
    const std::string number = field(citizen.number, 9), optional = field(citizen.optional, 15), empty = field("", 11);
    const std::string numbered = number + zone_digit(number), born = citizen.birth + zone_digit(citizen.birth);
    const std::string ends = citizen.expiry + zone_digit(citizen.expiry);
    return {"I<UTO" + numbered + optional,
            born + citizen.sex + ends + "UTO" + empty + zone_digit(numbered + optional + born + ends + empty),
            field(citizen.surname + "<<" + citizen.given_names, 30)};
}

} // namespace rekam::mock
