// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/journal_reader.h"

#include "core/base/digest.h"
#include "core/rekamd/journal_table.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <charconv>

namespace rekam::rekamd {
namespace {

constexpr std::int64_t rows_looked_at = 20'000; // for one page
constexpr std::size_t answer_bytes = 48 * 1024; // of entries in one page; with the rest it fits one header

std::optional<std::int64_t> first_of(const wire::JournalQueryParams& params) {
    std::int64_t first = params.from ? params.from->value : 0;
    if (!params.cursor)
        return first;
    const std::string& text = params.cursor->value;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), first);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(first) : std::nullopt;
}

/// An absent filter lets everything pass.
void bind_filter(SQLite::Statement& rows, int index, const std::optional<std::string>& value) {
    if (value)
        rows.bind(index, *value);
    else
        rows.bind(index);
}
void bind_filter(SQLite::Statement& rows, int index, const std::optional<wire::Count>& value) {
    if (value)
        rows.bind(index, value->value);
    else
        rows.bind(index);
}

template <class Text> std::optional<std::string> text_of(const std::optional<Text>& text) {
    return text ? std::optional(text->value) : std::nullopt;
}

constexpr const char* filtered =
    "SELECT seq, body, commitment, hash FROM journal WHERE seq >= ?1 AND seq < ?2"
    " AND (?3 IS NULL OR json_extract(body, '$.kind') = ?3) AND (?4 IS NULL OR json_extract(body, '$.slot') = ?4)"
    " AND (?5 IS NULL OR json_extract(body, '$.job') = ?5)"
    " AND (?6 IS NULL OR json_extract(body, '$.at.utc_us') >= ?6)"
    " AND (?7 IS NULL OR json_extract(body, '$.at.utc_us') < ?7) ORDER BY seq";

} // namespace

JournalReader::JournalReader(const std::filesystem::path& file)
    : database_(std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READONLY, 1'000)) {}

JournalReader::~JournalReader() = default;

wire::Expected<wire::JournalQueryResult> JournalReader::query(const wire::JournalQueryParams& params) {
    const auto wanted = first_of(params);
    if (!wanted)
        return model::make_error(model::Code::out_of_range, "params.cursor is none that journal.query gave",
                                 "params.cursor");
    const std::int64_t first =
        std::max(*wanted, database_->execAndGet("SELECT COALESCE(MIN(seq), 1) FROM journal").getInt64());
    const std::int64_t last = database_->execAndGet("SELECT COALESCE(MAX(seq), 0) FROM journal").getInt64();
    const std::int64_t end = std::min(first + rows_looked_at, last + 1);
    const bool proof = params.proof.value_or(false);
    const auto limit = static_cast<std::size_t>(params.limit ? params.limit->value : 50);
    SQLite::Statement rows(*database_, filtered);
    rows.bind(1, first);
    rows.bind(2, end);
    bind_filter(rows, 3, text_of(params.kind));
    bind_filter(rows, 4, text_of(params.slot));
    bind_filter(rows, 5, text_of(params.job));
    bind_filter(rows, 6, params.since_us);
    bind_filter(rows, 7, params.until_us);
    wire::JournalQueryResult page;
    std::size_t bytes = 0;
    std::int64_t next = end;
    while (rows.executeStep()) {
        const std::string body = rows.getColumn(1).getString();
        bytes += proof ? 3 * body.size() + 700 : body.size() + 50; // the text is quoted again, and may have a head
        if (page.entries.size() == limit || (bytes > answer_bytes && !page.entries.empty())) {
            next = rows.getColumn(0).getInt64();
            break;
        }
        wire::JournalEntry entry{rows.getColumn(0).getInt64(), wire::RawJson{body}, {}, {}, {}};
        if (proof) {
            entry.text = body;
            entry.commitment = to_hex(rows.getColumn(2).getString());
            entry.hash = to_hex(rows.getColumn(3).getString());
        }
        page.entries.push_back(std::move(entry));
    }
    if (proof)
        page.heads = heads_of(page.entries);
    if (next <= last)
        page.next = std::to_string(next);
    return page;
}

std::vector<wire::JournalSignedHead> JournalReader::heads_of(const std::vector<wire::JournalEntry>& entries) {
    std::vector<wire::JournalSignedHead> heads;
    SQLite::Statement find(*database_, "SELECT body, signature FROM head WHERE seq = ?");
    for (const auto& entry : entries) {
        find.reset();
        find.bind(1, entry.seq);
        if (find.executeStep())
            heads.push_back({entry.seq, find.getColumn(0).getString(), to_hex(find.getColumn(1).getString())});
    }
    return heads;
}

void JournalReader::feed_heads(journal::Verifier& verifier) {
    SQLite::Statement heads(*database_, "SELECT seq, body, signature FROM head ORDER BY seq");
    while (heads.executeStep())
        verifier.add(heads.getColumn(0).getInt64(),
                     journal::SignedHead{heads.getColumn(1).getString(), heads.getColumn(2).getString()});
}

std::int64_t JournalReader::feed_rows(journal::Verifier& verifier, std::int64_t from) {
    SQLite::Statement rows(*database_,
                           "SELECT journal.seq, journal.body, commitment, hash, salt, personal.body FROM journal"
                           " LEFT JOIN personal ON personal.seq = journal.seq"
                           " WHERE journal.seq >= ? ORDER BY journal.seq LIMIT ?");
    rows.bind(1, from);
    rows.bind(2, rows_per_slice);
    std::int64_t next = from;
    while (rows.executeStep()) {
        const journal::Row row{rows.getColumn(0).getInt64(), rows.getColumn(1).getString(),
                               rows.getColumn(2).getString(), rows.getColumn(3).getString()};
        if (rows.getColumn(4).isNull()) {
            verifier.add(row, nullptr);
        } else {
            const journal::Personal personal{row.seq, rows.getColumn(4).getString(), rows.getColumn(5).getString()};
            verifier.add(row, &personal);
        }
        next = row.seq + 1;
    }
    return next;
}

void JournalReader::feed_orphans(journal::Verifier& verifier) {
    // Those of entries that were moved to a file stay: it is here that they can be erased.
    SQLite::Statement rows(*database_, "SELECT seq FROM personal WHERE seq NOT IN (SELECT seq FROM journal) AND"
                                       " seq >= (SELECT COALESCE(MIN(seq), 0) FROM journal) ORDER BY seq");
    while (rows.executeStep())
        verifier.add_orphan(rows.getColumn(0).getInt64());
}

bool JournalReader::each_entry(std::int64_t last, const std::function<void(std::int64_t first)>& begin,
                               const std::function<void(const std::string& body)>& take,
                               const std::function<bool()>& go_on) {
    std::int64_t first = -1, next = 0;
    for (;;) {
        if (!go_on())
            return false;
        const SQLite::Transaction slice(*database_); // one state of the file
        const std::int64_t oldest = database_->execAndGet("SELECT COALESCE(MIN(seq), 0) FROM journal").getInt64();
        if (oldest != first) {
            first = next = oldest;
            begin(first);
        }
        SQLite::Statement rows(*database_, "SELECT body FROM journal WHERE seq >= ? AND seq < ? ORDER BY seq");
        const std::int64_t end = std::min(next + rows_per_slice, last + 1);
        rows.bind(1, next);
        rows.bind(2, end);
        while (rows.executeStep())
            take(rows.getColumn(0).getString());
        if (end > last)
            return true;
        next = end;
    }
}

std::vector<MovedFile> JournalReader::files() { return moved_files(*database_); }

std::optional<journal::SignedHead> JournalReader::newest_head() { return rekamd::newest_head(*database_); }

std::int64_t JournalReader::last_seq() {
    return database_->execAndGet("SELECT COALESCE(MAX(seq), 0) FROM journal").getInt64();
}

std::optional<journal::Verdict> JournalReader::verify(const journal::Anchors& anchors,
                                                      const std::function<bool()>& go_on) {
    std::optional<journal::Verifier> verifier;
    std::int64_t first = 0, from = 0;
    for (;;) {
        if (!go_on())
            return std::nullopt;
        const SQLite::Transaction slice(*database_); // one state of the file
        const std::int64_t oldest = database_->execAndGet("SELECT COALESCE(MIN(seq), 0) FROM journal").getInt64();
        if (!verifier || oldest != first) { // again from the start when entries were moved to a file meanwhile
            verifier.emplace(anchors);
            feed_heads(*verifier); // before the rows: those that are signed meanwhile are not missed
            first = oldest;
            from = 0;
        }
        const std::int64_t next = feed_rows(*verifier, from);
        if (next == from)
            break;
        from = next;
    }
    feed_orphans(*verifier);
    return verifier->finish();
}

} // namespace rekam::rekamd
