// SPDX-License-Identifier: Apache-2.0
// Keeps the journal from filling the disk: its oldest entries move to files, and the oldest files go. Each step is
// short, so that appends can come between any two of them, and leaves everything such that a station killed there
// loses nothing: a file is whole and durable before its entries leave the table, and they leave it in the transaction
// that writes down where they are.
//
// What is about a person is not in the files, as nothing could be erased from a copy that was carried away. It stays in
// the store, where an erasure finds it, and goes with the file that has its entry.
#pragma once

#include "core/rekamd/journal_table.h"
#include "core/rekamd/segment_file.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace rekam::rekamd {

struct JournalKeep {
    std::int64_t rows = 200'000;          ///< in the table; a twentieth more before a file is worth it
    std::int64_t file_bytes = 1073741824; ///< of all files together
};

/// A file that is there by what the store and the journal say. Where the journal names it, its hash is the journal's.
struct MovedFile {
    std::string name, hash; ///< of its last entry, in hex
    std::int64_t first = 0, last = 0;
};
/// Oldest first.
std::vector<MovedFile> moved_files(SQLite::Database& database);

class JournalMover {
  public:
    JournalMover(std::filesystem::path directory, JournalKeep keep) : directory_(std::move(directory)), keep_(keep) {}

    /// False: there is nothing to do for now. May throw SQLite::Exception and std::system_error: then call forget(),
    /// and try again later.
    bool step(SQLite::Database& database, const HeadSigner& signer);

    /// So many entries were appended: the table is not counted before there can be enough for a file.
    void grew(std::int64_t rows) { rows_until_look_ -= rows; }

    /// Starts over with the next step.
    void forget();

    static constexpr std::int64_t rows_per_step = 1'000;

  private:
    struct Segment {
        std::int64_t first = 0, last = 0, next = 0;
        std::string hash;              ///< of the last row
        std::vector<std::string> keys; ///< in hex, all that signed up to there
        std::unique_ptr<SegmentFile> file;
    };

    bool begin(SQLite::Database& database, const HeadSigner& signer);
    void write_rows(SQLite::Database& database);
    void finish(SQLite::Database& database, const HeadSigner& signer);
    void drop_oldest(SQLite::Database& database, const HeadSigner& signer);

    std::filesystem::path directory_;
    JournalKeep keep_;
    std::optional<Segment> segment_;
    std::int64_t rows_until_look_ = 0;
    bool look_at_files_ = true; ///< whether they are too large together
    bool deleted_ = false;      ///< the oldest file, but no entry says so yet
};

} // namespace rekam::rekamd
