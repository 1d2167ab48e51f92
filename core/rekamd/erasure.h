// SPDX-License-Identifier: Apache-2.0
// Takes the person of a case out of the store's file, so that nothing of it is left there either. Two steps: the first
// is one transaction, the second wipes what the file still has of it in places that no row is at any more. Between them
// a row says that the second is to be done: whoever opens the file after a kill does it.
//
// What is about a person stays in the store when its entry moves to a file of the journal, so nothing is to be erased
// there.
#pragma once

#include "core/broker/effect.h"

#include <string>

namespace SQLite {
class Database;
} // namespace SQLite

namespace rekam::rekamd {

/// A step of the caller's transaction: the parts beside the entries, the records of the case and of its jobs go, and
/// what.entry is written, with `seqs`, the ranges of the entries. Nothing is written when there was nothing.
broker::Erased erase_case(SQLite::Database& database, const broker::EraseCase& what);

/// An erasure was not wiped yet.
bool has_traces(SQLite::Database& database);

/// Outside of a transaction: writes the file anew, which takes a second for a hundred megabytes and room for a copy.
/// False: somebody reads, and it has to be tried again.
bool wipe_traces(SQLite::Database& database);

} // namespace rekam::rekamd
