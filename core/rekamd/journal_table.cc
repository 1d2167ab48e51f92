// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/journal_table.h"

#include "core/base/digest.h"
#include "core/journal/verify.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <boost/json/serialize.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include <sys/random.h>

namespace rekam::rekamd {
namespace {

void bind_blob(SQLite::Statement& statement, int index, const std::string& bytes) {
    statement.bindNoCopy(index, bytes.data(), static_cast<int>(bytes.size()));
}

std::string random_salt() {
    std::string salt(journal::salt_bytes, '\0');
    while (::getrandom(salt.data(), salt.size(), 0) != static_cast<ssize_t>(salt.size())) // a short read: a signal came
        if (errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "the kernel gives no random numbers");
    return salt;
}

std::int64_t number(SQLite::Database& database, const char* sql) { return database.execAndGet(sql).getInt64(); }

} // namespace

const char* const journal_schema =
    "CREATE TABLE journal (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, commitment BLOB NOT NULL, hash BLOB NOT NULL);"
    "CREATE TABLE personal (seq INTEGER PRIMARY KEY, salt BLOB NOT NULL, body TEXT NOT NULL);"
    "CREATE TABLE head (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, signature BLOB NOT NULL);";

std::int64_t now_us() {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

void append_entries(SQLite::Database& database, std::span<const broker::Entry> entries) {
    if (entries.empty())
        return;
    std::int64_t seq = 0;
    std::string last_hash = journal::nothing();
    // Asked each time: after a commit that failed nobody else knows whether it happened.
    if (SQLite::Statement last(database, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1");
        last.executeStep()) {
        seq = last.getColumn(0).getInt64();
        last_hash = last.getColumn(1).getString();
    }
    SQLite::Statement add_row(database, "INSERT INTO journal VALUES (?, ?, ?, ?)");
    SQLite::Statement add_personal(database, "INSERT INTO personal VALUES (?, ?, ?)");
    for (const auto& entry : entries) {
        const std::string salt = entry.personal.empty() ? "" : random_salt();
        const std::string commitment =
            entry.personal.empty() ? journal::nothing() : journal::commitment_of(salt, entry.personal);
        last_hash = journal::hash_of(last_hash, ++seq, entry.body, commitment);
        add_row.reset();
        add_row.bind(1, seq);
        add_row.bindNoCopy(2, entry.body);
        bind_blob(add_row, 3, commitment);
        bind_blob(add_row, 4, last_hash);
        add_row.exec();
        if (entry.personal.empty())
            continue;
        add_personal.reset();
        add_personal.bind(1, seq);
        bind_blob(add_personal, 2, salt);
        add_personal.bindNoCopy(3, entry.personal);
        add_personal.exec();
    }
}

void announce_key(SQLite::Database& database, const HeadSigner& signer) {
    const std::string key = signer.key.public_key(), id = journal::key_id_of(key);
    const auto newest = newest_head(database);
    const auto head = newest ? journal::read_head(newest->text) : std::nullopt;
    if (head && head->key_id == id)
        return;
    const boost::json::object body{
        {"kind", journal::kind_key}, {"at", {{"utc_us", now_us()}}}, {"key", id}, {"public_key", to_hex(key)}};
    append_entries(database, std::array{broker::Entry{boost::json::serialize(body), ""}});
}

std::int64_t unsigned_rows(SQLite::Database& database) {
    return number(database, "SELECT COALESCE(MAX(seq), 0) FROM journal") -
           number(database, "SELECT COALESCE(MAX(seq), 0) FROM head");
}

void sign_last_row(SQLite::Database& database, const HeadSigner& signer) {
    if (unsigned_rows(database) <= 0)
        return;
    SQLite::Statement last(database, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1");
    if (!last.executeStep())
        return;
    const auto head = journal::sign(
        {signer.station, last.getColumn(0).getInt64(), last.getColumn(1).getString(), now_us(), {}}, signer.key);
    SQLite::Statement add(database, "INSERT INTO head VALUES (?, ?, ?)");
    add.bind(1, last.getColumn(0).getInt64());
    add.bindNoCopy(2, head.text);
    bind_blob(add, 3, head.signature);
    add.exec();
}

std::optional<journal::SignedHead> newest_head(SQLite::Database& database) {
    SQLite::Statement last(database, "SELECT body, signature FROM head ORDER BY seq DESC LIMIT 1");
    if (!last.executeStep())
        return std::nullopt;
    return journal::SignedHead{last.getColumn(0).getString(), last.getColumn(1).getString()};
}

} // namespace rekam::rekamd
