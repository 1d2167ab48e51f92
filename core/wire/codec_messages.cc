// SPDX-License-Identifier: Apache-2.0
#include "core/wire/codec_impl.h"
#include "core/wire/gate_messages.h"
#include "core/wire/host_messages.h"

namespace rekam::wire {

template Expected<ChildHello> decode(std::string_view);
template Expected<Principal> decode(std::string_view);
template Expected<SessionGrant> decode(std::string_view);
template Expected<Parts> decode(std::string_view);
template Expected<Attachments> decode(std::string_view);
template Expected<EventHead> decode(std::string_view);
template Expected<GateConfig> decode(std::string_view);
template Expected<GateCounters> decode(std::string_view);
template Expected<Taken> decode(std::string_view);
template Expected<EnumStart> decode(std::string_view);
template Expected<ManifestRecord> decode(std::string_view);
template Expected<EnumDevice> decode(std::string_view);
template Expected<HostStart> decode(std::string_view);
template Expected<HostReady> decode(std::string_view);
template Expected<Failure> decode(std::string_view);
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
template Expected<HostCheck> decode(std::string_view);
template Expected<HostHealth> decode(std::string_view);
template Expected<HostChanged> decode(std::string_view);

template std::string encode(const ChildHello&);
template std::string encode(const Principal&);
template std::string encode(const SessionGrant&);
template std::string encode(const Parts&);
template std::string encode(const Attachments&);
template std::string encode(const EventHead&);
template std::string encode(const GateConfig&);
template std::string encode(const GateCounters&);
template std::string encode(const Taken&);
template std::string encode(const EnumStart&);
template std::string encode(const ManifestRecord&);
template std::string encode(const EnumDevice&);
template std::string encode(const HostStart&);
template std::string encode(const HostReady&);
template std::string encode(const Failure&);
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
template std::string encode(const HostCheck&);
template std::string encode(const HostHealth&);
template std::string encode(const HostChanged&);

} // namespace rekam::wire
