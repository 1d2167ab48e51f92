// SPDX-License-Identifier: Apache-2.0
#include "core/wire/params_impl.h"

namespace rekam::wire {

template Expected<HelloParams> read_params(const boost::json::value&);
template Expected<SchemaGetParams> read_params(const boost::json::value&);
template Expected<StationGetParams> read_params(const boost::json::value&);
template Expected<StationDrainParams> read_params(const boost::json::value&);
template Expected<SlotListParams> read_params(const boost::json::value&);
template Expected<SlotGetParams> read_params(const boost::json::value&);
template Expected<DeviceListParams> read_params(const boost::json::value&);
template Expected<DeviceGetParams> read_params(const boost::json::value&);
template Expected<DeviceStatisticsParams> read_params(const boost::json::value&);
template Expected<PluginListParams> read_params(const boost::json::value&);
template Expected<SlotBindParams> read_params(const boost::json::value&);
template Expected<SlotHoldParams> read_params(const boost::json::value&);
template Expected<SlotReleaseParams> read_params(const boost::json::value&);
template Expected<SlotReplaceParams> read_params(const boost::json::value&);
template Expected<SlotResetParams> read_params(const boost::json::value&);
template Expected<SlotIdentifyParams> read_params(const boost::json::value&);
template Expected<DoctorParams> read_params(const boost::json::value&);
template Expected<PluginReloadParams> read_params(const boost::json::value&);
template Expected<ClearQuarantineParams> read_params(const boost::json::value&);

} // namespace rekam::wire
