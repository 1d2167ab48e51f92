// SPDX-License-Identifier: Apache-2.0
// What clients ask and read about the journal.
#include "core/wire/codec_impl.h"
#include "core/wire/journal_results.h"
#include "core/wire/params_impl.h"
#include "core/wire/report_results.h"

namespace rekam::wire {

template std::string encode(const JournalQueryResult&);
template std::string encode(const JournalVerifyResult&);
template std::string encode(const JournalHeadResult&);
template std::string encode(const JournalEraseResult&);
template std::string encode(const ReportOutcome&);
template std::string encode(const ReportBlanks&);
template std::string encode(const ReportDowntime&);
template std::string encode(const ReportHappening&);
template std::string encode(const ReportOpen&);
template std::string encode(const ReportDailyResult&);

template Expected<JournalQueryParams> read_params(const boost::json::value&);
template Expected<JournalVerifyParams> read_params(const boost::json::value&);
template Expected<JournalHeadParams> read_params(const boost::json::value&);
template Expected<JournalEraseParams> read_params(const boost::json::value&);
template Expected<ReportDailyParams> read_params(const boost::json::value&);

} // namespace rekam::wire
