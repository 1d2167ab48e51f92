// SPDX-License-Identifier: Apache-2.0
#include "core/journal/chain.h"

#include "core/base/digest.h"

namespace rekam::journal {
namespace {

// What is hashed begins with its purpose and version, and every part has a fixed length or says its own: no two
// different rows are the same bytes.
constexpr std::string_view row_purpose = "rekam journal row 1\n", personal_purpose = "rekam journal personal 1\n";

void append_number(std::string& to, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8)
        to.push_back(static_cast<char>(number >> static_cast<unsigned>(shift)));
}

void append_text(std::string& to, std::string_view text) {
    append_number(to, text.size());
    to.append(text);
}

} // namespace

std::string nothing() { return std::string(digest_bytes, '\0'); }

std::string commitment_of(std::string_view salt, std::string_view personal) {
    std::string bytes(personal_purpose);
    append_text(bytes, salt);
    append_text(bytes, personal);
    return sha256(bytes);
}

std::string hash_of(std::string_view previous_hash, std::int64_t seq, std::string_view body,
                    std::string_view commitment) {
    std::string bytes(row_purpose);
    append_text(bytes, previous_hash);
    append_number(bytes, static_cast<std::uint64_t>(seq));
    append_text(bytes, body);
    append_text(bytes, commitment);
    return sha256(bytes);
}

} // namespace rekam::journal
