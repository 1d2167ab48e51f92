// SPDX-License-Identifier: Apache-2.0
// What a host and the broker say about a job.
#include "core/wire/codec_impl.h"
#include "core/wire/host_messages.h"

namespace rekam::wire {

template Expected<HostRun> decode(std::string_view);
template Expected<HostProgress> decode(std::string_view);
template Expected<HostFrame> decode(std::string_view);
template Expected<HostBegins> decode(std::string_view);
template Expected<CardInfo> decode(std::string_view);
template Expected<HostApdus> decode(std::string_view);
template Expected<HostAnswers> decode(std::string_view);
template Expected<HostChipOver> decode(std::string_view);
template Expected<Samples> decode(std::string_view);
template Expected<MrzLines> decode(std::string_view);
template Expected<Eyes> decode(std::string_view);
template Expected<HostFinal> decode(std::string_view);

template std::string encode(const HostRun&);
template std::string encode(const HostProgress&);
template std::string encode(const HostFrame&);
template std::string encode(const HostBegins&);
template std::string encode(const CardInfo&);
template std::string encode(const HostApdus&);
template std::string encode(const HostAnswers&);
template std::string encode(const HostChipOver&);
template std::string encode(const Readings&);
template std::string encode(const HostFinal&);

} // namespace rekam::wire
