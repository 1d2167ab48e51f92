// SPDX-License-Identifier: Apache-2.0
#include "core/wire/codec_impl.h"
#include "core/wire/gate_messages.h"

namespace rekam::wire {

template Expected<ChildHello> decode(std::string_view);
template Expected<Principal> decode(std::string_view);
template Expected<SessionGrant> decode(std::string_view);
template Expected<Parts> decode(std::string_view);
template Expected<Attachments> decode(std::string_view);
template Expected<EventHead> decode(std::string_view);
template Expected<GateConfig> decode(std::string_view);
template Expected<GateCounters> decode(std::string_view);
template Expected<GateInterest> decode(std::string_view);
template Expected<Taken> decode(std::string_view);

template std::string encode(const ChildHello&);
template std::string encode(const Principal&);
template std::string encode(const SessionGrant&);
template std::string encode(const Parts&);
template std::string encode(const Attachments&);
template std::string encode(const EventHead&);
template std::string encode(const GateConfig&);
template std::string encode(const GateCounters&);
template std::string encode(const GateInterest&);
template std::string encode(const Taken&);

} // namespace rekam::wire
