// SPDX-License-Identifier: Apache-2.0
// The journal's tables in the store's file. Every call is one step of the caller's transaction, and throws
// SQLite::Exception.
#pragma once

#include "core/broker/event.h"
#include "core/journal/head.h"

#include <span>

namespace SQLite {
class Database;
} // namespace SQLite

namespace rekam::rekamd {

/// Part of the store's schema since version 2.
extern const char* const journal_schema;

/// Who signs heads, and how often.
struct HeadSigner {
    SigningKey key;
    std::string station;
    std::int64_t every = 100; ///< rows between two heads
};

/// The wall clock, as `at.utc_us` of what the store itself writes down.
std::int64_t now_us();

/// Chains them to the last row.
void append_entries(SQLite::Database& database, std::span<const broker::Entry> entries);

/// Before the first row that this key signs: the journal says whose key it is.
void announce_key(SQLite::Database& database, const HeadSigner& signer);

/// How many rows no head vouches for.
std::int64_t unsigned_rows(SQLite::Database& database);

/// Signs the last row, if it is not signed yet.
void sign_last_row(SQLite::Database& database, const HeadSigner& signer);

/// The newest head; nothing before the first.
std::optional<journal::SignedHead> newest_head(SQLite::Database& database);

} // namespace rekam::rekamd
