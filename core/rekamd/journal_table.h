// SPDX-License-Identifier: Apache-2.0
// The journal's tables in the store's file. Every call is one step of the caller's transaction, and throws
// SQLite::Exception.
#pragma once

#include "core/broker/event.h"

#include <span>

namespace SQLite {
class Database;
} // namespace SQLite

namespace rekam::rekamd {

/// Part of the store's schema since version 2.
extern const char* const journal_schema;

/// Chains them to the last row.
void append_entries(SQLite::Database& database, std::span<const broker::Entry> entries);

} // namespace rekam::rekamd
