// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reading what the station sent: an absent field or one of another type reads as empty. The station is trusted to speak
// the protocol; what is checked is only what would hurt here (sizes and hashes of frames).
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rekam/client_capture.h>
#include <rekam/client_error.h>
#include <rekam/client_records.h>

namespace rekam::read {

std::string text(const boost::json::object& from, std::string_view name);
bool flag(const boost::json::object& from, std::string_view name);
std::int64_t number(const boost::json::object& from, std::string_view name);
std::optional<std::int64_t> maybe_number(const boost::json::object& from, std::string_view name);
boost::json::object object(const boost::json::object& from, std::string_view name);
std::vector<boost::json::object> objects(const boost::json::object& from, std::string_view name);
std::vector<std::string> texts(const boost::json::object& from, std::string_view name);
std::optional<boost::json::object> parse(std::string_view json);

ErrorBody error(const boost::json::object& from);
StationRecord station(const boost::json::object& from);
SlotRecord slot(const boost::json::object& from);
DeviceRecord device(const boost::json::object& from);
PluginRecord plugin(const boost::json::object& from);
CaseRecord case_record(const boost::json::object& from);
JobRecord job(const boost::json::object& from);
LeaseRecord lease(const boost::json::object& from);
HealthRecord health(const boost::json::object& from);
FrameRecord frame(const boost::json::object& from);
std::vector<FingerRecord> fingers(const boost::json::object& from);
std::vector<ExceptedRecord> excepted(const boost::json::object& from);
/// Of a result or a job.
Readings readings(const boost::json::object& from);

// params.cc
boost::json::object to_params(const Parameters& parameters);
/// Leaves it out where it is empty.
void add(boost::json::object& params, const char* name, const std::string& text);
Progress progress(const boost::json::object& body, const std::shared_ptr<Channel>& channel);

} // namespace rekam::read
