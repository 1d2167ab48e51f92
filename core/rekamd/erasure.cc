// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/erasure.h"

#include "core/rekamd/journal_table.h"
#include "core/rekamd/store_file.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>

namespace rekam::rekamd {
namespace {

constexpr const char* marker_key = "erasing";
constexpr int reader_wait_ms = 1'000;

// A job's row is "<identity>\n<record>". instr() first: almost every row is of another case.
constexpr const char* jobs_of_case =
    "SELECT key FROM record WHERE kind='job' AND CASE WHEN instr(body, ?1) = 0 THEN 0"
    " WHEN json_valid(substr(body, instr(body, char(10)) + 1))"
    " THEN json_extract(substr(body, instr(body, char(10)) + 1), '$.case') = ?1 ELSE 0 END ORDER BY key";

std::int64_t run(SQLite::Database& database, const char* sql, std::initializer_list<std::string> values) {
    SQLite::Statement statement(database, sql);
    int index = 0;
    for (const auto& value : values)
        statement.bind(++index, value);
    return statement.exec();
}

/// The numbers of the entries with such a part, as ranges.
boost::json::array ranges_of(SQLite::Database& database, const std::string& case_id) {
    boost::json::array ranges;
    SQLite::Statement find(database, "SELECT seq FROM personal WHERE json_extract(body, '$.case') = ? ORDER BY seq");
    find.bindNoCopy(1, case_id);
    std::int64_t last = 0;
    while (find.executeStep()) {
        const std::int64_t seq = find.getColumn(0).getInt64();
        if (last != 0 && seq == last + 1)
            ranges.back().as_array().back() = seq;
        else
            ranges.push_back(boost::json::array{seq, seq});
        last = seq;
    }
    return ranges;
}

/// What was committed is in the file alone. The write-ahead log still has the pages as they were before.
bool empty_log(SQLite::Database& database) {
    database.setBusyTimeout(reader_wait_ms);
    SQLite::Statement checkpoint(database, "PRAGMA wal_checkpoint(TRUNCATE)");
    const bool done = checkpoint.executeStep() && checkpoint.getColumn(0).getInt() == 0;
    database.setBusyTimeout(0);
    return done;
}

} // namespace

broker::Erased erase_case(SQLite::Database& database, const broker::EraseCase& what) {
    broker::Erased erased{what.case_, 0, {}, false};
    auto ranges = ranges_of(database, what.case_);
    erased.entries = run(database, "DELETE FROM personal WHERE json_extract(body, '$.case') = ?", {what.case_});
    {
        SQLite::Statement jobs(database, jobs_of_case);
        jobs.bindNoCopy(1, what.case_);
        while (jobs.executeStep())
            erased.jobs.push_back(jobs.getColumn(0).getString());
    }
    for (const auto& key : erased.jobs)
        run(database, "DELETE FROM record WHERE kind='job' AND key=?", {key});
    erased.had_case = run(database, "DELETE FROM record WHERE kind='case' AND key=?", {what.case_}) != 0;
    if (erased.entries == 0 && erased.jobs.empty() && !erased.had_case)
        return erased;
    auto body = boost::json::parse(what.entry.body).as_object();
    body["seqs"] = std::move(ranges);
    append_entries(database, std::array{broker::Entry{boost::json::serialize(body), what.entry.personal}});
    run(database, "INSERT INTO record VALUES (?, ?, '1') ON CONFLICT DO NOTHING",
        {std::string(station_kind), marker_key});
    return erased;
}

bool has_traces(SQLite::Database& database) {
    SQLite::Statement find(database, "SELECT 1 FROM record WHERE kind=? AND key=?");
    find.bind(1, std::string(station_kind));
    find.bind(2, marker_key);
    return find.executeStep();
}

bool wipe_traces(SQLite::Database& database) {
    if (!empty_log(database))
        return false;
    // What is deleted is overwritten (secure_delete); but a page that was split keeps copies beside its rows, where
    // nothing finds them, and an older station overwrote nothing. So every page is made anew.
    database.exec("VACUUM");
    if (!empty_log(database))
        return false;
    run(database, "DELETE FROM record WHERE kind=? AND key=?", {std::string(station_kind), marker_key});
    return true;
}

} // namespace rekam::rekamd
