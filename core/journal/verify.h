// SPDX-License-Identifier: Apache-2.0
// Looks whether a journal is what the station wrote, row by row: nothing is read twice, and nothing is kept of a row.
// It names the first place where something is wrong.
#pragma once

#include "core/journal/chain.h"
#include "core/journal/head.h"

#include <map>
#include <set>
#include <vector>

namespace rekam::journal {

/// What is known from elsewhere than the journal itself.
struct Anchors {
    std::optional<std::string> public_key; ///< the station's: the newest head must be signed with it
    std::vector<KeptHead> kept;
    bool personal = true; ///< false: the personal parts were left out, and nothing can be said of them
    std::optional<std::string> previous = {}; ///< the hash before the first row, where that is not row 1
    std::vector<std::string> keys = {};       ///< public keys that the station had before
};

struct Flaw {
    std::int64_t seq = 0; ///< of the first row that is wrong
    std::string what;     ///< for a person: what is wrong with it
};

struct Verdict {
    std::optional<Flaw> flaw; ///< nothing: the journal is whole
    std::int64_t first = 0, last = 0, heads = 0;
    std::int64_t erased = 0;    ///< rows whose personal part was erased, and an entry says so
    std::int64_t unsigned_ = 0; ///< rows after the newest head: nobody vouches for them yet
    std::int64_t unchecked = 0; ///< kept heads of rows that were moved out of this journal
};

class Verifier {
  public:
    explicit Verifier(Anchors anchors) : anchors_(std::move(anchors)) {}

    /// Every head first, in any order; `seq` is the row under which it is kept.
    void add(std::int64_t seq, const SignedHead& head);
    /// Then the rows, in their order; `personal` of this row, if it is there.
    void add(const Row& row, const Personal* personal);
    /// A personal part whose row is not there.
    void add_orphan(std::int64_t seq);

    /// After the last row.
    Verdict finish();

  private:
    void note(std::int64_t seq, std::string what);
    void check_chain(const Row& row);
    void check_personal(const Row& row, const Personal* personal);
    void check_heads(const Row& row);
    void follow_own_entry(const Row& row);
    void follow_moved(std::int64_t seq, std::int64_t last, const std::string& hash);
    void finish_beginning();
    void finish_heads();
    void finish_kept();

    struct Signed {
        Head head;
        SignedHead text;
    };

    Anchors anchors_;
    Verdict verdict_;
    std::multimap<std::int64_t, Signed> heads_;
    std::map<std::string, std::string> keys_;   ///< key id -> public key, as the journal announces them
    std::map<std::int64_t, std::string> moved_; ///< last row that was moved out -> its hash
    std::set<std::int64_t> missing_;            ///< rows without the personal part that they commit to
    std::set<std::int64_t> orphans_;
    std::vector<std::pair<std::int64_t, std::int64_t>> erased_;
    std::string last_hash_ = nothing();
    Row first_;
};

// What the journal says of itself; the store writes these bodies, the verifier follows them.
constexpr std::string_view kind_key = "journal.key", kind_erased = "journal.erased", kind_moved = "journal.moved",
                           kind_dropped = "journal.dropped";

} // namespace rekam::journal
