// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/journal_mover.h"

#include "core/base/digest.h"
#include "core/journal/entry.h"
#include "core/journal/lines.h"
#include "core/rekamd/store_file.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace rekam::rekamd {
namespace {

using boost::json::object;

// Among the station's own records: what was moved last, and one record for each file that is there.
constexpr const char* moved_key = "journal.moved";
constexpr const char* file_records = "FROM record WHERE kind='station' AND key >= 'journal.file.' AND"
                                     " key < 'journal.file/'";

std::string file_key(std::int64_t first) {
    const std::string digits = std::to_string(first);
    return "journal.file." + std::string(19 - digits.size(), '0') + digits; // so that their order is the files'
}

void put(SQLite::Database& database, const std::string& key, const object& body) {
    SQLite::Statement add(database, "INSERT INTO record VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body=excluded.body");
    add.bind(1, std::string(station_kind));
    add.bind(2, key);
    add.bind(3, boost::json::serialize(body));
    add.exec();
}

/// Empty: nothing was moved yet.
object moved_before(SQLite::Database& database) {
    SQLite::Statement find(database, "SELECT body FROM record WHERE kind=? AND key=?");
    find.bind(1, std::string(station_kind));
    find.bind(2, moved_key);
    return find.executeStep() ? boost::json::parse(find.getColumn(0).getString()).as_object() : object{};
}

void delete_up_to(SQLite::Database& database, const char* table, std::int64_t last) {
    SQLite::Statement remove(database, std::string("DELETE FROM ") + table + " WHERE seq <= ?");
    remove.bind(1, last);
    remove.exec();
}

void write_down(SQLite::Database& database, const HeadSigner& signer, std::string_view kind, object facts) {
    object body{{"kind", kind}, {"at", {{"utc_us", now_us()}}}};
    for (auto& [name, value] : facts)
        body[name] = std::move(value);
    announce_key(database, signer);
    append_entries(database, std::array{broker::Entry{boost::json::serialize(body), ""}});
}

/// The public keys of what was moved before, and those that these rows announce.
std::vector<std::string> keys_up_to(SQLite::Database& database, const object& before, std::int64_t first,
                                    std::int64_t last) {
    std::vector<std::string> keys;
    const auto add = [&](const boost::json::value& key) {
        if (const auto* text = key.if_string(); text && std::ranges::find(keys, std::string(*text)) == keys.end())
            keys.emplace_back(*text);
    };
    if (const auto* list = before.if_contains("keys"))
        std::ranges::for_each(list->as_array(), add);
    SQLite::Statement rows(database, "SELECT json_extract(body, '$.public_key') FROM journal WHERE seq >= ? AND"
                                     " seq <= ? AND body LIKE '%\"journal.key\"%' ORDER BY seq");
    rows.bind(1, first);
    rows.bind(2, last);
    while (rows.executeStep())
        if (!rows.getColumn(0).isNull())
            add(boost::json::value(rows.getColumn(0).getString()));
    return keys;
}

/// Where a file ends that has at least `rows` entries from `first` on: at a head, so that it is signed to its end. A
/// file always takes more than the entries that tell of it.
std::optional<journal::SignedHead> closing_head(SQLite::Database& database, std::int64_t first, std::int64_t rows) {
    SQLite::Statement head(database, "SELECT body, signature FROM head WHERE seq >= ? ORDER BY seq LIMIT 1");
    head.bind(1, first + rows - 1);
    if (!head.executeStep())
        return std::nullopt;
    return journal::SignedHead{head.getColumn(0).getString(), head.getColumn(1).getString()};
}

std::string key_of(const std::string& id, const std::vector<std::string>& keys, const HeadSigner& signer) {
    for (const auto& digits : keys)
        if (const auto key = from_hex(digits); key && journal::key_id_of(*key) == id)
            return *key;
    return signer.key.public_key();
}

} // namespace

std::vector<MovedFile> moved_files(SQLite::Database& database) {
    std::map<std::int64_t, MovedFile> files;
    const auto add = [&](const object& facts) {
        const std::int64_t first = journal::number_of(facts, "first");
        files[first] = {journal::text_of(facts, "file"), journal::text_of(facts, "hash"), first,
                        journal::number_of(facts, "last")};
    };
    SQLite::Statement records(database, std::string("SELECT body ") + file_records);
    while (records.executeStep())
        add(boost::json::parse(records.getColumn(0).getString()).as_object());
    // A record can be taken away with its file; an entry that is still in the store cannot.
    SQLite::Statement entries(database, "SELECT body FROM journal WHERE body LIKE '%\"journal.moved\"%' OR"
                                        " body LIKE '%\"journal.dropped\"%' ORDER BY seq");
    while (entries.executeStep()) {
        const auto body = boost::json::parse(entries.getColumn(0).getString()).as_object();
        const std::string kind = journal::text_of(body, "kind");
        if (kind == journal::kind_moved)
            add(body);
        else if (kind == journal::kind_dropped)
            files.erase(journal::number_of(body, "first"));
    }
    std::vector<MovedFile> named;
    for (auto& [first, file] : files)
        named.push_back(std::move(file));
    return named;
}

bool JournalMover::step(SQLite::Database& database, const HeadSigner& signer) {
    if (look_at_files_)
        drop_oldest(database, signer);
    else if (!segment_)
        return begin(database, signer);
    else if (segment_->next <= segment_->last)
        write_rows(database);
    else if (!segment_->file->sealed())
        segment_->file->seal();
    else
        finish(database, signer);
    return true;
}

void JournalMover::forget() {
    segment_.reset();
    rows_until_look_ = 0;
    look_at_files_ = true;
    deleted_ = false;
}

bool JournalMover::begin(SQLite::Database& database, const HeadSigner& signer) {
    if (rows_until_look_ > 0)
        return false;
    const std::int64_t first = database.execAndGet("SELECT COALESCE(MIN(seq), 0) FROM journal").getInt64();
    const std::int64_t newest = database.execAndGet("SELECT COALESCE(MAX(seq), 0) FROM journal").getInt64();
    const std::int64_t margin = std::clamp<std::int64_t>(keep_.rows / 20, 5, 10'000);
    rows_until_look_ = keep_.rows + margin - (newest - first);
    if (rows_until_look_ > 0)
        return false;
    const auto closing = closing_head(database, first, margin);
    const auto head = closing ? journal::read_head(closing->text) : std::nullopt;
    if (!head)
        return false;
    remove_leftovers(directory_, first);
    const object before = moved_before(database);
    Segment segment{first, head->seq, first, head->hash, keys_up_to(database, before, first, head->seq), nullptr};
    journal::FirstLine line{head->station, key_of(head->key_id, segment.keys, signer), *closing};
    if (const auto* hash = before.if_contains("hash"); hash && first > 1)
        line.previous = from_hex(hash->as_string());
    for (const auto& digits : segment.keys)
        if (auto key = from_hex(digits))
            line.keys.push_back(std::move(*key));
    segment.file =
        std::make_unique<SegmentFile>(directory_, std::to_string(first) + "-" + std::to_string(head->seq) + ".jsonl");
    segment.file->write(journal::line_of(line));
    segment_ = std::move(segment);
    return true;
}

void JournalMover::write_rows(SQLite::Database& database) {
    const std::int64_t end = std::min(segment_->next + rows_per_step, segment_->last + 1);
    std::string text;
    SQLite::Statement rows(database, "SELECT seq, body, commitment, hash FROM journal WHERE seq >= ? AND seq < ?"
                                     " ORDER BY seq");
    rows.bind(1, segment_->next);
    rows.bind(2, end);
    while (rows.executeStep())
        text += journal::line_of(journal::Row{rows.getColumn(0).getInt64(), rows.getColumn(1).getString(),
                                              rows.getColumn(2).getString(), rows.getColumn(3).getString()});
    SQLite::Statement heads(database, "SELECT seq, body, signature FROM head WHERE seq >= ? AND seq < ? ORDER BY seq");
    heads.bind(1, segment_->next);
    heads.bind(2, end);
    while (heads.executeStep())
        text += journal::line_of(heads.getColumn(0).getInt64(),
                                 {heads.getColumn(1).getString(), heads.getColumn(2).getString()});
    segment_->file->write(text);
    segment_->next = end;
}

void JournalMover::finish(SQLite::Database& database, const HeadSigner& signer) {
    const object facts{{"file", segment_->file->name()},
                       {"first", segment_->first},
                       {"last", segment_->last},
                       {"hash", to_hex(segment_->hash)}};
    object moved = facts;
    moved["sha256"] = segment_->file->sha256_hex();
    moved["keys"] = boost::json::array(segment_->keys.begin(), segment_->keys.end());
    object kept = facts;
    kept["bytes"] = segment_->file->bytes();
    SQLite::Transaction transaction(database);
    put(database, moved_key, moved);
    put(database, file_key(segment_->first), kept);
    write_down(database, signer, journal::kind_moved,
               std::move(moved)); // before the rows go: it is chained to the last
    delete_up_to(database, "journal", segment_->last);
    delete_up_to(database, "head", segment_->last);
    sign_last_row(database, signer);
    transaction.commit();
    segment_.reset();
    rows_until_look_ = 0;
    look_at_files_ = true;
}

void JournalMover::drop_oldest(SQLite::Database& database, const HeadSigner& signer) {
    const auto total =
        database.execAndGet(std::string("SELECT COALESCE(SUM(json_extract(body, '$.bytes')), 0) ") + file_records);
    if (total.getInt64() <= keep_.file_bytes) {
        look_at_files_ = false;
        return;
    }
    SQLite::Statement oldest(database, std::string("SELECT key, body ") + file_records + " ORDER BY key LIMIT 1");
    oldest.executeStep();
    const std::string key = oldest.getColumn(0).getString();
    object facts = boost::json::parse(oldest.getColumn(1).getString()).as_object();
    oldest.reset();
    // First the file, so that a full disk has room for the entry. Killed between the two, the next start finds the file
    // gone and the record there, and writes the entry then.
    if (!std::exchange(deleted_, true))
        return remove_segment(directory_ / std::string(facts.at("file").as_string()));
    deleted_ = false;
    const std::int64_t last = facts.at("last").as_int64();
    facts.erase("bytes");
    SQLite::Transaction transaction(database);
    SQLite::Statement remove(database, "DELETE FROM record WHERE kind=? AND key=?");
    remove.bind(1, std::string(station_kind));
    remove.bind(2, key);
    remove.exec();
    delete_up_to(database, "personal", last);
    write_down(database, signer, journal::kind_dropped, std::move(facts));
    sign_last_row(database, signer);
    transaction.commit();
}

} // namespace rekam::rekamd
