// SPDX-License-Identifier: Apache-2.0
// A signed head: the station's word that its journal reached this row. The chain alone shows neither a tail that was
// cut off nor a journal that was written anew; a head does, best one that was carried away from the station.
#pragma once

#include "core/base/ed25519.h"

#include <cstdint>
#include <optional>

namespace rekam::journal {

/// Rows have no gaps: `seq` is also how many there were.
struct Head {
    std::string station;
    std::int64_t seq = 0;
    std::string hash; ///< of that row
    std::int64_t utc_us = 0;
    std::string key_id; ///< whose signature it is
    bool operator==(const Head&) const = default;
};

struct SignedHead {
    std::string text; ///< what is signed
    std::string signature;
    bool operator==(const SignedHead&) const = default;
};

/// Names a public key: 16 hex digits.
std::string key_id_of(std::string_view public_key);

/// `head.key_id` is filled in here.
SignedHead sign(Head head, const SigningKey& key);

/// Nothing when the text is not exactly one that sign() writes.
std::optional<Head> read_head(std::string_view text);

/// For a person who writes it down: "1234: 3f9a 11c2 88de 0a4b 77aa 0913".
std::string on_paper(const Head& head);

/// A head as it was kept outside of the station: whole, or what a person wrote down.
struct KeptHead {
    std::int64_t seq = 0;
    std::string hash_digits;         ///< hex, at least paper_digits of them
    std::optional<SignedHead> whole; ///< its signature is looked at too
};
constexpr std::size_t paper_digits = 24;

/// Reads what on_paper() or print_head() gave; spaces and the case of letters do not count. Nothing: it is neither.
std::optional<KeptHead> read_kept(std::string_view text);

/// The text of a head and its signature in hex, as a file that read_kept() takes.
std::string print_head(const SignedHead& head);

} // namespace rekam::journal
