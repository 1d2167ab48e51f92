// SPDX-License-Identifier: Apache-2.0
// The durable rows of a station in one SQLite file (WAL, synchronous=FULL: what is committed survives a power cut).
// Calls block on the disk: use it from a thread of its own.
#pragma once

#include "core/broker/effect.h"
#include "core/rekamd/journal_mover.h"
#include "core/rekamd/reserve.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace SQLite {
class Database;
class Exception;
} // namespace SQLite

namespace rekam::rekamd {

/// What went wrong, for a person: names the file and what to do about it.
class StoreError : public std::runtime_error {
  public:
    StoreError(const std::string& what, bool full) : std::runtime_error(what), disk_full(full) {}
    bool disk_full;
};

class StoreFile {
  public:
    /// Opens or creates DIRECTORY/store.sqlite3 and checks it, and keeps so many bytes back beside it for a full disk.
    /// Throws StoreError: not readable, not a store, damaged, or of a newer version (which is left as it is).
    explicit StoreFile(const std::filesystem::path& directory, std::int64_t reserve_bytes = 0);
    ~StoreFile();
    StoreFile(const StoreFile&) = delete;
    StoreFile& operator=(const StoreFile&) = delete;

    /// All rows, in the order of kind and key.
    std::vector<broker::Record> load();

    /// All rows, and the entries at the end of the journal, in one transaction, durable when this returns. Throws
    /// StoreError; then none of them is written. A file that failed is opened anew by the next call, so a disk that is
    /// mended needs no restart.
    void append(std::span<const broker::Record> records, std::span<const broker::Entry> entries = {});

    /// Only what was kept back made room for what is written: the disk is full otherwise.
    [[nodiscard]] bool is_on_reserve() const { return reserve_.is_missing(); }
    /// Keeps it back again, as soon as there is room.
    void keep_reserve() { reserve_.take(); }

    /// From now on heads are signed: with the next append, then every so many rows, and when asked for.
    void sign_with(HeadSigner signer);
    /// Signs the last row, if that has not been done, and gives the newest head. Throws StoreError.
    std::optional<journal::SignedHead> sign_head();

    /// Takes a case out of the journal and the records, for good; see erase_case(). Durable when this returns, but for
    /// what wipe() does. Throws StoreError; then nothing was erased.
    broker::Erased erase(const broker::EraseCase& what);
    /// Something erased, now or before a kill, still has traces in the file.
    [[nodiscard]] bool has_traces() const { return has_traces_; }
    /// Wipes them: writes the whole file anew. False: somebody reads it, so call again. Throws StoreError.
    bool wipe();

    /// From now on there is a limit to what is kept of the journal; it needs a signer.
    void keep_journal(JournalKeep keep);
    /// One short step towards that limit; false: there is nothing to do for now. Throws StoreError; nothing is lost
    /// then, and a later call tries again.
    bool move_out();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// Throws StoreError.
    std::optional<std::string> lookup(const std::string& kind, const std::string& key);

  private:
    void open();
    SQLite::Database& database();
    void write(std::span<const broker::Record> records, std::span<const broker::Entry> entries);
    [[noreturn]] void give_up(const std::string& doing, const SQLite::Exception& why);
    void write_journal(std::span<const broker::Entry> entries);

    std::filesystem::path path_;
    Reserve reserve_;
    std::unique_ptr<SQLite::Database> database_; ///< null after a failure
    std::optional<HeadSigner> signer_;
    std::optional<JournalMover> mover_;
    bool has_signed_ = false; ///< since it was opened
    bool has_traces_ = false;
};

/// Who this station is, from the store: the id is made once, the epoch grows at every start. Durable when this returns.
struct Standing {
    std::string station_id;
    std::int64_t epoch = 1;
};
Standing begin_epoch(StoreFile& file);

/// The kind of the rows that begin_epoch keeps; no concern of the broker.
constexpr std::string_view station_kind = "station";

} // namespace rekam::rekamd
