// SPDX-License-Identifier: Apache-2.0
// A journal in memory, and a key to sign it with.
#pragma once

#include "core/base/digest.h"
#include "core/journal/verify.h"

namespace rekam::journal {

/// A journal in memory, as its tables hold it.
struct Book {
    std::vector<Row> rows;
    std::vector<Personal> personal;
    std::vector<std::pair<std::int64_t, SignedHead>> heads;

    void add(const std::string& body, const std::string& person = {}, std::string salt = std::string(32, 's')) {
        Row row;
        row.seq = rows.empty() ? 1 : rows.back().seq + 1;
        row.body = body;
        row.commitment = person.empty() ? nothing() : commitment_of(salt, person);
        row.hash = hash_of(rows.empty() ? nothing() : rows.back().hash, row.seq, row.body, row.commitment);
        if (!person.empty())
            personal.push_back({row.seq, std::move(salt), person});
        rows.push_back(std::move(row));
    }
    SignedHead sign_last(const SigningKey& key, const std::string& station = "S-1") {
        auto head = sign({station, rows.back().seq, rows.back().hash, 1'795'000'000'000'000, {}}, key);
        heads.emplace_back(rows.back().seq, head);
        return head;
    }
    /// Makes every hash fit again, as one does who writes a journal anew.
    void chain_again() {
        std::string last = nothing();
        for (auto& row : rows)
            last = row.hash = hash_of(last, row.seq, row.body, row.commitment);
    }
};

inline const SigningKey& station_key() {
    static const SigningKey key(std::string(32, 'k'));
    return key;
}

inline std::string announce(const SigningKey& key) {
    return R"({"kind":"journal.key","public_key":")" + to_hex(key.public_key()) + "\"}";
}

} // namespace rekam::journal
