// SPDX-License-Identifier: Apache-2.0
// What clients read about the journal.
#pragma once

#include "core/wire/json.h"

#include <boost/describe/class.hpp>

#include <optional>
#include <vector>

namespace rekam::wire {

struct JournalEntry {
    std::int64_t seq = 0;
    RawJson entry;
    // with `proof`
    std::optional<std::string> text;             ///< of `entry`, byte by byte, as it is hashed
    std::optional<std::string> commitment, hash; ///< hex
};
BOOST_DESCRIBE_STRUCT(JournalEntry, (), (seq, entry, text, commitment, hash))

struct JournalSignedHead {
    std::int64_t seq = 0;
    std::string text, signature; ///< hex
};
BOOST_DESCRIBE_STRUCT(JournalSignedHead, (), (seq, text, signature))

struct JournalQueryResult {
    std::vector<JournalEntry> entries;
    std::optional<std::vector<JournalSignedHead>> heads; ///< with `proof`: of these entries
    std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(JournalQueryResult, (), (entries, heads, next))

struct JournalFlaw {
    std::int64_t seq = 0;
    std::string what;
};
BOOST_DESCRIBE_STRUCT(JournalFlaw, (), (seq, what))

/// Entries that were moved out of the store.
struct JournalMovedFile {
    std::string file;
    std::int64_t first = 0, last = 0;
    std::optional<std::string> flaw;
};
BOOST_DESCRIBE_STRUCT(JournalMovedFile, (), (file, first, last, flaw))

struct JournalVerifyResult {
    bool whole = false;
    std::optional<JournalFlaw> flaw;
    std::int64_t first = 0, last = 0, heads = 0, erased = 0, unsigned_ = 0, unchecked = 0;
    std::vector<JournalMovedFile> files; ///< the newest, and before them those that are wrong
    std::int64_t files_count = 0;
};
BOOST_DESCRIBE_STRUCT(JournalVerifyResult, (),
                      (whole, flaw, first, last, heads, erased, unsigned_, unchecked, files, files_count))

struct JournalHeadResult {
    std::string station;
    std::int64_t seq = 0;
    std::string hash;
    std::int64_t utc_us = 0;
    std::string key, public_key, paper, text, signature;
};
BOOST_DESCRIBE_STRUCT(JournalHeadResult, (), (station, seq, hash, utc_us, key, public_key, paper, text, signature))

struct JournalEraseResult {
    std::string case_;
    std::int64_t erased = 0; ///< entries that had a part about a person
};
BOOST_DESCRIBE_STRUCT(JournalEraseResult, (), (case_, erased))

} // namespace rekam::wire
