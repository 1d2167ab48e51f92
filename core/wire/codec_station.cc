// SPDX-License-Identifier: Apache-2.0
// What clients read about the station, its slots, devices and plugins.
#include "core/wire/codec_impl.h"
#include "core/wire/results.h"
#include "core/wire/technician_results.h"

namespace rekam::wire {

template std::string encode(const HelloResult&);
template std::string encode(const StationResult&);
template std::string encode(const DrainState&);
template Expected<DrainState> decode(std::string_view);
template std::string encode(const DrainResult&);
template std::string encode(const SlotList&);
template std::string encode(const SlotResult&);
template std::string encode(const DeviceList&);
template std::string encode(const DeviceResult&);
template std::string encode(const PluginList&);
template std::string encode(const PluginResult&);
template std::string encode(const SlotReplaceResult&);
template std::string encode(const SlotResetResult&);
template std::string encode(const SlotIdentifyResult&);
template std::string encode(const Finding&);
template std::string encode(const HealthResult&);
template Expected<Held> decode(std::string_view);
template std::string encode(const Held&);
template std::string encode(const Statistics&);
template std::string encode(const StatisticsResult&);
template Expected<Statistics> decode(std::string_view);
template std::string encode(const Slot&);
template std::string encode(const Device&);
template std::string encode(const Plugin&);
template std::string encode(const model::Error&);

} // namespace rekam::wire
