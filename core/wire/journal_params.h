// SPDX-License-Identifier: Apache-2.0
// Parameters of the operations on the journal.
#pragma once

#include "core/wire/requests.h"

namespace rekam::wire {

struct JournalQueryParams {
    static constexpr bool closed = true;
    std::optional<Count> from; ///< the first entry that may be given
    std::optional<Cursor> cursor;
    std::optional<PageSize> limit;
    std::optional<Text<1, 64, Charset::identifier>> kind;
    std::optional<SlotName> slot;
    std::optional<JobId> job;
    std::optional<Count> since_us, until_us; ///< of the wall clock
    std::optional<bool> proof;               ///< with what the chain is made of
};
BOOST_DESCRIBE_STRUCT(JournalQueryParams, (), (from, cursor, limit, kind, slot, job, since_us, until_us, proof))

struct JournalVerifyParams {
    static constexpr bool closed = true;
    std::optional<Text<1, 128>> head; ///< as journal.head gave it in `paper`
};
BOOST_DESCRIBE_STRUCT(JournalVerifyParams, (), (head))

struct JournalHeadParams {
    static constexpr bool closed = true;
};
BOOST_DESCRIBE_STRUCT(JournalHeadParams, (), ())

/// What is about a person goes; the chain, and what a supervisor counts, stays.
struct JournalEraseParams {
    static constexpr bool closed = true;
    CaseId case_;
    Text<1, 256> reason;
    std::optional<Label> by; ///< who says so, if that is not the session's operator
};
BOOST_DESCRIBE_STRUCT(JournalEraseParams, (), (case_, reason, by))

struct ReportDailyParams {
    static constexpr bool closed = true;
    std::optional<Text<10, 10>> day; ///< "2026-11-27" at the station's own time; absent: today
};
BOOST_DESCRIBE_STRUCT(ReportDailyParams, (), (day))

} // namespace rekam::wire
