// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/store_file.h"

#include "core/base/digest.h"
#include "core/io/fd.h"
#include "core/rekamd/erasure.h"
#include "core/rekamd/journal_table.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <sys/random.h>

namespace rekam::rekamd {
namespace {

// 1: the table record. 2: the journal beside it.
constexpr int schema_version = 2;
constexpr const char* record_schema = "CREATE TABLE record (kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,"
                                      " PRIMARY KEY (kind, key)) WITHOUT ROWID;";

// What is committed survives a power cut, and what is deleted is overwritten: people are in it.
constexpr const char* connection_settings = "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;";

int version_of(SQLite::Database& database) { return database.execAndGet("PRAGMA user_version").getInt(); }

/// Looks at an existing file without changing anything in it.
void check_existing(const std::filesystem::path& path) {
    SQLite::Database existing(path.string(), SQLite::OPEN_READONLY);
    if (const int version = version_of(existing); version > schema_version)
        throw StoreError(path.string() + " was written by a newer rekamd (its version is " + std::to_string(version) +
                             ", this one knows " + std::to_string(schema_version) +
                             "): install that one again, or name another directory with --state",
                         false);
    const std::string verdict = existing.execAndGet("PRAGMA quick_check(1)").getString();
    if (verdict != "ok")
        throw StoreError(path.string() + " is damaged (" + verdict +
                             "): put a copy of it back, or move it away to start with an empty one",
                         false);
}

/// Without room SQLite says so only of the store itself; of its side files it says that they cannot be opened or
/// written.
bool is_full(const SQLite::Exception& why, const std::filesystem::path& path) {
    constexpr std::int64_t side_files_bytes = 64 * 1024;
    if (why.getErrorCode() == SQLITE_FULL)
        return true;
    return (why.getErrorCode() == SQLITE_IOERR || why.getErrorCode() == SQLITE_CANTOPEN) &&
           free_bytes(path.parent_path()) < side_files_bytes;
}

/// A new file gets everything, one of an older version what it lacks: all of it, or it stays as it was.
void bring_up_to_date(SQLite::Database& database) {
    const int version = version_of(database);
    if (version == schema_version)
        return;
    SQLite::Transaction transaction(database);
    if (version < 1)
        database.exec(record_schema);
    if (version < 2)
        database.exec(journal_schema);
    database.exec("PRAGMA user_version=" + std::to_string(schema_version));
    transaction.commit();
}

} // namespace

StoreFile::StoreFile(const std::filesystem::path& directory, std::int64_t reserve_bytes)
    : path_(directory / "store.sqlite3"), reserve_(directory / "store.reserve", reserve_bytes) {
    try {
        open();
    } catch (const StoreError& error) {
        if (!error.disk_full || !reserve_.give_up())
            throw;
        open();
    }
    reserve_.take();
}

void StoreFile::open() {
    try {
        std::error_code absent;
        const bool exists = std::filesystem::file_size(path_, absent) != 0 && !absent;
        if (exists)
            check_existing(path_);
        // Made here because SQLite would make it readable for others; its side files take over the mode.
        const io::Fd made(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        database_ = std::make_unique<SQLite::Database>(path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        database_->exec("PRAGMA journal_mode=WAL");
        database_->exec(connection_settings);
        bring_up_to_date(*database_);
        has_traces_ = rekamd::has_traces(*database_);
    } catch (const SQLite::Exception& error) {
        if (error.getErrorCode() == SQLITE_NOTADB || error.getErrorCode() == SQLITE_CORRUPT)
            throw StoreError(path_.string() + " is no store of a station, or is damaged (" + error.what() +
                                 "): put a copy of it back, or move it away to start with an empty one",
                             false);
        throw StoreError(path_.string() + " cannot be opened (" + error.what() +
                             "): check owner, mode and free space of its directory",
                         is_full(error, path_));
    }
}

StoreFile::~StoreFile() = default;

SQLite::Database& StoreFile::database() {
    if (!database_) { // without CREATE: a store that vanished must not be replaced by an empty one
        database_ = std::make_unique<SQLite::Database>(path_.string(), SQLite::OPEN_READWRITE);
        database_->exec(connection_settings);
    }
    return *database_;
}

void StoreFile::give_up(const std::string& doing, const SQLite::Exception& why) {
    database_.reset();
    throw StoreError(path_.string() + " cannot be " + doing + ": " + why.what(), is_full(why, path_));
}

std::vector<broker::Record> StoreFile::load() {
    try {
        std::vector<broker::Record> records;
        SQLite::Statement query(database(), "SELECT kind, key, body FROM record ORDER BY kind, key");
        while (query.executeStep())
            records.push_back(
                {query.getColumn(0).getString(), query.getColumn(1).getString(), query.getColumn(2).getString()});
        return records;
    } catch (const SQLite::Exception& error) {
        give_up("read", error);
    }
}

void StoreFile::append(std::span<const broker::Record> records, std::span<const broker::Entry> entries) {
    try {
        write(records, entries);
    } catch (const StoreError& error) {
        if (!error.disk_full || !reserve_.give_up())
            throw;
        write(records, entries);
    }
}

void StoreFile::write(std::span<const broker::Record> records, std::span<const broker::Entry> entries) {
    try {
        SQLite::Transaction transaction(database());
        SQLite::Statement put(database(),
                              "INSERT INTO record VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body=excluded.body");
        SQLite::Statement remove(database(), "DELETE FROM record WHERE kind=? AND key=?");
        for (const auto& record : records) {
            SQLite::Statement& statement = record.body.empty() ? remove : put;
            statement.reset();
            statement.bindNoCopy(1, record.kind);
            statement.bindNoCopy(2, record.key);
            if (!record.body.empty())
                statement.bindNoCopy(3, record.body);
            statement.exec();
        }
        write_journal(entries);
        transaction.commit();
        has_signed_ = has_signed_ || (signer_ && !entries.empty());
    } catch (const SQLite::Exception& error) {
        give_up("written", error);
    } catch (const std::system_error& error) {
        throw StoreError(error.what(), false);
    }
}

void StoreFile::write_journal(std::span<const broker::Entry> entries) {
    if (signer_ && !entries.empty() && !has_signed_)
        announce_key(database(), *signer_);
    append_entries(database(), entries);
    if (mover_)
        mover_->grew(std::ssize(entries));
    if (signer_ && !entries.empty() && (!has_signed_ || unsigned_rows(database()) >= signer_->every))
        sign_last_row(database(), *signer_);
}

void StoreFile::sign_with(HeadSigner signer) {
    signer_ = std::move(signer);
    has_signed_ = false;
}

std::optional<journal::SignedHead> StoreFile::sign_head() {
    try {
        SQLite::Transaction transaction(database());
        if (signer_)
            sign_last_row(database(), *signer_);
        auto head = newest_head(database());
        transaction.commit();
        return head;
    } catch (const SQLite::Exception& error) {
        give_up("written", error);
    }
}

broker::Erased StoreFile::erase(const broker::EraseCase& what) {
    try {
        SQLite::Transaction transaction(database());
        auto erased = erase_case(database(), what);
        transaction.commit();
        has_traces_ = rekamd::has_traces(database());
        return erased;
    } catch (const SQLite::Exception& error) {
        give_up("written", error);
    } catch (const std::system_error& error) {
        throw StoreError(error.what(), false);
    }
}

bool StoreFile::wipe() {
    try {
        has_traces_ = has_traces_ && !wipe_traces(database());
        return !has_traces_;
    } catch (const SQLite::Exception& error) {
        give_up("written anew without what was erased", error);
    }
}

void StoreFile::keep_journal(JournalKeep keep) { mover_.emplace(path_.parent_path() / "journal", keep); }

bool StoreFile::move_out() {
    if (!mover_ || !signer_)
        return false;
    try {
        return mover_->step(database(), *signer_);
    } catch (const SQLite::Exception& error) {
        mover_->forget();
        give_up("written", error);
    } catch (const std::system_error& error) {
        mover_->forget();
        const int number = error.code().value();
        throw StoreError(error.what(), number == ENOSPC || number == EDQUOT || number == EFBIG);
    }
}

std::optional<std::string> StoreFile::lookup(const std::string& kind, const std::string& key) {
    try {
        SQLite::Statement query(database(), "SELECT body FROM record WHERE kind=? AND key=?");
        query.bindNoCopy(1, kind);
        query.bindNoCopy(2, key);
        return query.executeStep() ? std::optional(query.getColumn(0).getString()) : std::nullopt;
    } catch (const SQLite::Exception& error) {
        give_up("read", error);
    }
}

Standing begin_epoch(StoreFile& file) {
    const std::string kind(station_kind);
    Standing standing;
    if (const auto id = file.lookup(kind, "id")) {
        standing.station_id = *id;
    } else {
        std::array<char, 8> random{};
        if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
            throw StoreError("the kernel gives no random numbers", false);
        standing.station_id = "S-" + to_hex({random.data(), random.size()});
    }
    if (const auto epoch = file.lookup(kind, "epoch")) {
        const auto [end, error] = std::from_chars(epoch->data(), epoch->data() + epoch->size(), standing.epoch);
        if (error != std::errc{} || *end != '\0' || standing.epoch < 1)
            throw StoreError("the station's epoch in the store is no number: the file was changed by hand", false);
        ++standing.epoch;
    }
    const std::array<broker::Record, 2> records{
        {{kind, "id", standing.station_id}, {kind, "epoch", std::to_string(standing.epoch)}}};
    file.append(records);
    return standing;
}

} // namespace rekam::rekamd
