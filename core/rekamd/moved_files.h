// SPDX-License-Identifier: Apache-2.0
// Looks whether the files that the journal's older entries were moved to are there, whole, and follow each other up to
// the entries in the store.
#pragma once

#include "core/rekamd/journal_reader.h"

namespace rekam::rekamd {

/// `first` is the oldest entry in the store. Adds to `result` the files, and the first flaw where it is older than the
/// one that was found. False: told to stop. May throw SQLite::Exception.
bool check_files(JournalReader& reader, const std::filesystem::path& directory, wire::JournalVerifyResult& result,
                 const std::function<bool()>& go_on);

} // namespace rekam::rekamd
