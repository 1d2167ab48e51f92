// SPDX-License-Identifier: Apache-2.0
// The chain of the journal: a row's hash covers the row before it, so that nothing in the middle can be changed, taken
// out or put in. What is about a person is not in the chain but beside it, under a random salt: the chain holds a
// commitment, and stays whole when that part is erased.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rekam::journal {

constexpr std::size_t digest_bytes = 32, salt_bytes = 32;

struct Row {
    std::int64_t seq = 0;   ///< 1, 2, 3, ...
    std::string body;       ///< JSON of public facts
    std::string commitment; ///< to the personal part; nothing() where there is none
    std::string hash;
    bool operator==(const Row&) const = default;
};

/// The part of a row that can be erased.
struct Personal {
    std::int64_t seq = 0;
    std::string salt, body;
    bool operator==(const Personal&) const = default;
};

/// 32 zero bytes, which no SHA-256 is: the hash before the first row, and the commitment of a row about nobody.
std::string nothing();

/// Says nothing about `personal` to one who has not the salt.
std::string commitment_of(std::string_view salt, std::string_view personal);

std::string hash_of(std::string_view previous_hash, std::int64_t seq, std::string_view body,
                    std::string_view commitment);

} // namespace rekam::journal
