// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <utility>

#include <rekam/client.h>

#include "sdk/client/cpp/src/events.h"
#include "sdk/client/cpp/src/pending.h"
#include "sdk/client/cpp/src/read.h"

namespace rekam {

namespace json = boost::json;

namespace {

constexpr std::int64_t call_timeout_ms = 10'000;
constexpr int acquire_lost_max = 3; // how often one lease.acquire may lose its answer to a dying gate
constexpr std::int64_t health_timeout_ms = 60'000;
constexpr std::int64_t identify_timeout_ms = 20'000; // a job that runs ends first

json::array array_of(const std::vector<std::string>& texts) {
    json::array array;
    for (const auto& text : texts)
        array.emplace_back(text);
    return array;
}

template <typename Record>
std::vector<Record> all(const std::vector<json::object>& records, Record (*read_one)(const json::object&)) {
    std::vector<Record> read;
    for (const auto& record : records)
        read.push_back(read_one(record));
    return read;
}

// A dead gate took the answer along: it may have been granted.
std::string own_lease(const std::shared_ptr<Channel>& channel, const std::vector<std::string>& slots,
                      const std::string& case_id) {
    const std::set<std::string> wanted(slots.begin(), slots.end());
    for (const auto& record : read::objects(call(channel, "lease.list", {{"case", case_id}}).result, "leases")) {
        const LeaseRecord lease = read::lease(record);
        if (lease.mine && std::set<std::string>(lease.slots.begin(), lease.slots.end()) == wanted)
            return lease.lease;
    }
    return {};
}

PendingCall::OnProgress as_text(const std::function<void(const std::string&)>& on_progress) {
    if (!on_progress)
        return {};
    return [on_progress](const json::object& body) { on_progress(json::serialize(body)); };
}

} // namespace

Station connect(const ConnectOptions& options) {
    const Endpoints endpoints = find_station(options.station, options.station_key);
    json::object hello{{"client", options.client}};
    if (!options.operator_name.empty())
        hello["operator"] = options.operator_name;
    if (!endpoints.station_key.empty())
        hello["station_key"] = endpoints.station_key;
    auto channel = std::make_shared<Channel>(endpoints, std::move(hello), options.resume);
    if (!channel->wait_settled(options.timeout.count())) {
        throw Error(local_error("no-station",
                                "no station answers at " + endpoints.name +
                                    ": start rekamd, or point REKAM_STATION at its runtime directory",
                                "hello", "technician"));
    }
    return Station(std::move(channel));
}

std::string Station::session() const { return channel_->standing().session; }

std::int64_t Station::epoch() const { return channel_->standing().epochs.first; }

std::string Station::welcome() const { return channel_->standing().welcome; }

Reply Station::call(const std::string& op, const std::string& params, const CallOptions& options) {
    const auto parsed = read::parse(params);
    if (!parsed) {
        throw Error(local_error("bad-request", "params is no JSON object: " + params, op, "caller", "after-fix"));
    }
    Answer answer = rekam::call(channel_, op, *parsed, options.timeout.count(), as_text(options.on_progress));
    return {json::serialize(answer.result), std::move(answer.parts)};
}

StationRecord Station::info() { return read::station(rekam::call(channel_, "station.get", {}).result); }

std::vector<SlotRecord> Station::slots() { return all(list_all(channel_, "slot.list", "slots"), &read::slot); }

SlotRecord Station::slot(const std::string& slot) {
    return read::slot(read::object(rekam::call(channel_, "slot.get", {{"slot", slot}}).result, "slot"));
}

std::vector<DeviceRecord> Station::devices() {
    return all(list_all(channel_, "device.list", "devices"), &read::device);
}

DeviceRecord Station::device(const std::string& device) {
    return read::device(read::object(rekam::call(channel_, "device.get", {{"device", device}}).result, "device"));
}

std::vector<PluginRecord> Station::plugins() {
    return all(list_all(channel_, "plugin.list", "plugins"), &read::plugin);
}

HealthRecord Station::health_of_slot(const std::string& slot, const std::string& level) {
    return read::health(
        rekam::call(channel_, "health.check", {{"slot", slot}, {"level", level}}, health_timeout_ms).result);
}

HealthRecord Station::health_of_device(const std::string& device, const std::string& level) {
    return read::health(
        rekam::call(channel_, "health.check", {{"device", device}, {"level", level}}, health_timeout_ms).result);
}

SlotRecord Station::bind(const std::string& slot, const std::string& device) {
    return read::slot(
        read::object(rekam::call(channel_, "slot.bind", {{"slot", slot}, {"device", device}}).result, "slot"));
}

IdentifiedRecord Station::identify(const std::string& slot, std::int64_t seconds, const std::string& by) {
    json::object params{{"slot", slot}, {"seconds", seconds}};
    if (!by.empty())
        params["by"] = by;
    const json::object done = rekam::call(channel_, "slot.identify", std::move(params), identify_timeout_ms).result;
    return {read::text(done, "slot"), read::text(done, "device"), read::texts(done, "means"),
            read::number(done, "seconds"), json::serialize(done)};
}

std::string Station::mock_set(const std::string& device, const std::string& faults) {
    return json::serialize(
        rekam::call(channel_, "mock.set", {{"device", device}, {"faults", json::parse(faults)}}).result);
}

std::string Station::mock_clear(const std::string& device) {
    return json::serialize(rekam::call(channel_, "mock.clear", {{"device", device}}).result);
}

std::string Station::mock_get(const std::string& device) {
    return json::serialize(rekam::call(channel_, "mock.get", {{"device", device}}).result);
}

Case Station::open_case(const std::string& purpose, const CaseOptions& options) {
    json::object params{{"purpose", purpose}};
    if (!options.operator_name.empty())
        params["operator"] = options.operator_name;
    if (!options.desk.empty())
        params["desk"] = options.desk;
    return {channel_, read::text(rekam::call(channel_, "case.open", std::move(params)).result, "case")};
}

Lease Station::lease(const std::vector<std::string>& slots, const std::string& case_id, const LeaseOptions& options) {
    const std::int64_t until_ms = monotonic_ms() + options.wait.count();
    for (int lost = 0;; ++lost) {
        const std::int64_t left_ms = std::max<std::int64_t>(0, until_ms - monotonic_ms());
        const json::object params{
            {"slots", array_of(slots)}, {"case", case_id}, {"ttl_ms", options.ttl.count()}, {"wait_ms", left_ms}};
        try {
            const Answer answer =
                rekam::call(channel_, "lease.acquire", params, left_ms + call_timeout_ms, as_text(options.on_progress));
            return {channel_, read::text(answer.result, "lease"), options.ttl.count(), epoch()};
        } catch (const Error& error) {
            if (error.code() != "no-answer" || lost == acquire_lost_max)
                throw;
        }
        const std::string found = own_lease(channel_, slots, case_id);
        if (found.empty())
            continue;
        rekam::call(channel_, "lease.renew", {{"lease", found}, {"ttl_ms", options.ttl.count()}});
        return {channel_, found, options.ttl.count(), epoch()};
    }
}

CaseRecord Station::close_case(const std::string& case_id, const std::vector<std::string>& keep) {
    json::object params{{"case", case_id}};
    if (!keep.empty())
        params["keep"] = array_of(keep);
    return read::case_record(read::object(rekam::call(channel_, "case.close", std::move(params)).result, "case"));
}

CaseRecord Station::get_case(const std::string& case_id) {
    return read::case_record(read::object(rekam::call(channel_, "case.get", {{"case", case_id}}).result, "case"));
}

std::vector<CaseRecord> Station::cases(const std::string& state) {
    json::object params;
    if (!state.empty())
        params["state"] = state;
    return all(list_all(channel_, "case.list", "cases", std::move(params)), &read::case_record);
}

std::vector<LeaseRecord> Station::leases() {
    return all(read::objects(rekam::call(channel_, "lease.list", {}).result, "leases"), &read::lease);
}

std::vector<JobRecord> Station::jobs() { return all(list_all(channel_, "job.list", "jobs"), &read::job); }

JobRecord Station::job(const std::string& job) {
    return read::job(read::object(rekam::call(channel_, "job.get", {{"job", job}}).result, "job"));
}

std::string Station::cancel(const std::string& job) {
    return read::text(rekam::call(channel_, "job.cancel", {{"job", job}}).result, "state");
}

Frame Station::frame(FrameRecord record) { return {std::move(record), channel_}; }

Events Station::events(std::vector<std::string> streams) {
    return Events(EventReader::open(channel_, std::move(streams)));
}

void Station::close() { channel_->close(); }

Case::~Case() {
    if (!channel_)
        return;
    try {
        close();
    } catch (const std::exception&) {
        return; // the station lists it as open
    }
}

Lease Case::lease(const std::vector<std::string>& slots, const LeaseOptions& options) {
    return Station(channel_).lease(slots, id_, options);
}

void Case::keep(const Frame& frame) { keep_.push_back(frame.record().frame); }

std::string Case::detach() {
    channel_.reset();
    return id_;
}

CaseRecord Case::close() {
    const auto channel = std::exchange(channel_, nullptr);
    return Station(channel).close_case(id_, keep_);
}

} // namespace rekam
