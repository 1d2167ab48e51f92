// SPDX-License-Identifier: Apache-2.0
// What clients read about leases, cases, frames and jobs.
#include "core/wire/codec_impl.h"
#include "core/wire/results.h"

namespace rekam::wire {

template std::string encode(const LeaseResult&);
template std::string encode(const LeaseProgress&);
template std::string encode(const LeaseReleased&);
template std::string encode(const LeaseList&);
template std::string encode(const CaseOpened&);
template std::string encode(const CaseResult&);
template std::string encode(const CaseList&);
template std::string encode(const CaptureResult&);
template std::string encode(const JobProgress&);
template std::string encode(const PrintResult&);
template std::string encode(const CardOpened&);
template std::string encode(const CardTransmitted&);
template std::string encode(const CardClosed&);
template std::string encode(const FrameGetResult&);
template std::string encode(const FrameTicket&);
template std::string encode(const FrameReleased&);
template std::string encode(const JobResult&);
template std::string encode(const JobList&);
template std::string encode(const JobCancelled&);
template std::string encode(const JobExtended&);

template std::string encode(const HopperResult&);
template std::string encode(const HopperList&);

// Kept in the store and read back.
template std::string encode(const Hopper&);
template Expected<Hopper> decode(std::string_view);
template std::string encode(const Case&);
template std::string encode(const Job&);
template Expected<Case> decode(std::string_view);
template Expected<Job> decode(std::string_view);

} // namespace rekam::wire
