// SPDX-License-Identifier: Apache-2.0
// What clients read about a day.
#pragma once

#include "core/wire/journal_results.h"
#include "core/wire/records.h"

namespace rekam::wire {

struct ReportOutcome {
    std::string job; ///< "capture", "print", "card"
    std::string outcome;
    std::optional<std::string> cause; ///< the error's code
    std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(ReportOutcome, (), (job, outcome, cause, count))

struct ReportHour {
    std::int64_t visits = 0, captures = 0, prints = 0;
};
BOOST_DESCRIBE_STRUCT(ReportHour, (), (visits, captures, prints))

/// start + loaded + difference = issued + rejected + spoiled + unknown + left.
struct ReportBlanks {
    std::string device;
    std::optional<std::int64_t> start, left; ///< where the journal reaches back to a total
    std::int64_t loaded = 0, issued = 0, rejected = 0, spoiled = 0, unknown = 0, difference = 0, unexplained = 0;
};
BOOST_DESCRIBE_STRUCT(ReportBlanks, (),
                      (device, start, left, loaded, issued, rejected, spoiled, unknown, difference, unexplained))

struct ReportDowntime {
    std::string device;
    std::int64_t ms = 0, times = 0;
    bool still = false;
};
BOOST_DESCRIBE_STRUCT(ReportDowntime, (), (device, ms, times, still))

struct ReportHappening {
    std::int64_t utc_us = 0;
    std::string what, text;
};
BOOST_DESCRIBE_STRUCT(ReportHappening, (), (utc_us, what, text))

struct ReportOpen {
    std::string job, slot, device;
    std::int64_t utc_us = 0;
};
BOOST_DESCRIBE_STRUCT(ReportOpen, (), (job, slot, device, utc_us))

/// How many of each did not fit into one answer.
struct ReportLeftOut {
    std::int64_t outcomes = 0, blanks = 0, down = 0, happenings = 0, open = 0;
    bool operator==(const ReportLeftOut&) const = default;
};
BOOST_DESCRIBE_STRUCT(ReportLeftOut, (), (outcomes, blanks, down, happenings, open))

struct ReportDailyResult {
    StationIdentity station;
    std::string day;
    std::int64_t from_us = 0, until_us = 0, entries = 0;
    bool whole = false;
    std::map<std::string, std::int64_t> figures;
    std::vector<ReportOutcome> outcomes;
    std::vector<ReportHour> hours;
    std::vector<ReportBlanks> blanks;
    std::vector<ReportDowntime> down;
    std::vector<ReportHappening> happenings;
    std::vector<ReportOpen> open;
    std::optional<ReportLeftOut> left_out;
    std::optional<JournalHeadResult> head;
    std::int64_t unsigned_ = 0; ///< entries after that head
};
BOOST_DESCRIBE_STRUCT(ReportDailyResult, (),
                      (station, day, from_us, until_us, entries, whole, figures, outcomes, hours, blanks, down,
                       happenings, open, left_out, head, unsigned_))

} // namespace rekam::wire
