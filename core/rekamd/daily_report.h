// SPDX-License-Identifier: Apache-2.0
// The answer to report.daily: the journal's entries in, a day's figures out, within what one answer holds.
#pragma once

#include "core/broker/effect.h"
#include "core/rekamd/journal_reader.h"
#include "core/wire/report_results.h"

namespace rekam::rekamd {

/// `head` vouches for the entries that are counted; without one the newest of the file does, as far as it reaches.
/// `go_on` as in JournalReader. May throw SQLite::Exception.
wire::Expected<wire::ReportDailyResult> daily_report(JournalReader& reader, const broker::DailyReport& asked,
                                                     const std::optional<journal::SignedHead>& head,
                                                     const std::string& public_key, const std::function<bool()>& go_on);

/// A head as clients read it; nothing where there is none.
std::optional<wire::JournalHeadResult> shown(const std::optional<journal::SignedHead>& head,
                                             const std::string& public_key);

} // namespace rekam::rekamd
