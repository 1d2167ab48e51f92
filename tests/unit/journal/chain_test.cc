// SPDX-License-Identifier: Apache-2.0
#include "core/journal/chain.h"

#include "core/base/digest.h"

#include <gtest/gtest.h>

#include <set>

namespace rekam::journal {
namespace {

TEST(Chain, a_hash_is_made_of_bytes_that_stand_in_the_documentation) {
    // Computed by hand, so that a journal of today is read by every later version.
    std::string bytes("rekam journal row 1\n");
    bytes += std::string(7, '\0') + '\x20' + std::string(32, '\0'); // the hash before the first row
    bytes += std::string(7, '\0') + '\x01';                         // seq
    bytes += std::string(7, '\0') + '\x02' + "{}";                  // body
    bytes += std::string(7, '\0') + '\x20' + std::string(32, '\0'); // no personal part
    EXPECT_EQ(hash_of(nothing(), 1, "{}", nothing()), sha256(bytes));

    bytes =
        "rekam journal personal 1\n" + std::string(7, '\0') + '\x04' + "salt" + std::string(7, '\0') + '\x03' + "who";
    EXPECT_EQ(commitment_of("salt", "who"), sha256(bytes));
}

TEST(Chain, every_part_counts_and_no_two_rows_are_the_same_bytes) {
    const std::string other(32, 'x');
    const std::set<std::string> hashes{
        hash_of(nothing(), 1, "ab", nothing()), hash_of(other, 1, "ab", nothing()),
        hash_of(nothing(), 2, "ab", nothing()), hash_of(nothing(), 1, "a", "b" + nothing()),
        hash_of(nothing(), 1, "ab", other),     hash_of("", 1, nothing() + "ab", nothing())};
    EXPECT_EQ(hashes.size(), 6U);
    EXPECT_NE(commitment_of("ab", "c"), commitment_of("a", "bc"));
}

} // namespace
} // namespace rekam::journal
