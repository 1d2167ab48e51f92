// SPDX-License-Identifier: Apache-2.0
// What clients ask and read about the journal.
#include "core/wire/codec_impl.h"
#include "core/wire/journal_results.h"
#include "core/wire/params_impl.h"

namespace rekam::wire {

template std::string encode(const JournalQueryResult&);
template std::string encode(const JournalVerifyResult&);
template std::string encode(const JournalHeadResult&);

template Expected<JournalQueryParams> read_params(const boost::json::value&);
template Expected<JournalVerifyParams> read_params(const boost::json::value&);
template Expected<JournalHeadParams> read_params(const boost::json::value&);
template Expected<JournalEraseParams> read_params(const boost::json::value&);
template Expected<ReportDailyParams> read_params(const boost::json::value&);

} // namespace rekam::wire
