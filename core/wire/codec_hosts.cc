// SPDX-License-Identifier: Apache-2.0
// What hosts and enumerators say about themselves and their devices.
#include "core/wire/codec_impl.h"
#include "core/wire/host_messages.h"
#include "core/wire/identify_messages.h"

namespace rekam::wire {

template Expected<EnumStart> decode(std::string_view);
template Expected<ManifestRecord> decode(std::string_view);
template Expected<EnumDevice> decode(std::string_view);
template Expected<HostStart> decode(std::string_view);
template Expected<HostReady> decode(std::string_view);
template Expected<Failure> decode(std::string_view);
template Expected<HostCheck> decode(std::string_view);
template Expected<HostHealth> decode(std::string_view);
template std::string encode(const HostIdentify&);
template Expected<HostIdentify> decode(std::string_view);
template std::string encode(const HostIdentified&);
template Expected<HostIdentified> decode(std::string_view);
template Expected<HostChanged> decode(std::string_view);

template std::string encode(const EnumStart&);
template std::string encode(const ManifestRecord&);
template std::string encode(const EnumDevice&);
template std::string encode(const HostStart&);
template std::string encode(const HostReady&);
template std::string encode(const Failure&);
template std::string encode(const HostCheck&);
template std::string encode(const HostHealth&);
template std::string encode(const HostChanged&);

} // namespace rekam::wire
