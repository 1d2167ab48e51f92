// SPDX-License-Identifier: Apache-2.0
// Looks into the journal without a word to the one who writes it: a connection of its own, and a slice at a time, so
// that neither appends nor the write-ahead log wait for it.
#pragma once

#include "core/journal/verify.h"
#include "core/rekamd/journal_mover.h"
#include "core/wire/journal_params.h"
#include "core/wire/journal_results.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace SQLite {
class Database;
} // namespace SQLite

namespace rekam::rekamd {

class JournalReader {
  public:
    /// The store's file, which must be there. Every call may throw SQLite::Exception.
    explicit JournalReader(const std::filesystem::path& file);
    ~JournalReader();
    JournalReader(const JournalReader&) = delete;
    JournalReader& operator=(const JournalReader&) = delete;

    /// One page: as many entries as fit an answer, of a bounded number of rows that are looked at.
    wire::Expected<wire::JournalQueryResult> query(const wire::JournalQueryParams& params);

    /// From the first row to the last; `go_on` is asked between slices. Nothing: it was told to stop.
    std::optional<journal::Verdict> verify(const journal::Anchors& anchors, const std::function<bool()>& go_on);

    /// Every entry up to number `last`, in order: calls `begin` with the number of the first, then `take` with each
    /// body. Where entries move to a file meanwhile it starts over, with `begin` again. False: it was told to stop.
    bool each_entry(std::int64_t last, const std::function<void(std::int64_t first)>& begin,
                    const std::function<void(const std::string& body)>& take, const std::function<bool()>& go_on);

    /// The files that entries were moved to, as the store names them now; oldest first.
    std::vector<MovedFile> files();

    [[nodiscard]] std::optional<journal::SignedHead> newest_head();
    [[nodiscard]] std::int64_t last_seq();

    static constexpr std::int64_t rows_per_slice = 5'000;

  private:
    void feed_heads(journal::Verifier& verifier);
    std::int64_t feed_rows(journal::Verifier& verifier, std::int64_t from);
    void feed_orphans(journal::Verifier& verifier);
    std::vector<wire::JournalSignedHead> heads_of(const std::vector<wire::JournalEntry>& entries);

    std::unique_ptr<SQLite::Database> database_;
};

} // namespace rekam::rekamd
