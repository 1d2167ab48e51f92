// SPDX-License-Identifier: Apache-2.0 OR MIT
// Slots that are held, what devices have done, what is kept of people, the day in figures.
#include <boost/json/serialize.hpp>
#include <utility>

#include <rekam/client.h>

#include "sdk/client/cpp/src/pending.h"
#include "sdk/client/cpp/src/read.h"

namespace rekam {

namespace json = boost::json;

namespace {

constexpr std::int64_t store_timeout_ms = 120'000; // the station's store is read through, or written anew

SlotRecord changed(const std::shared_ptr<Channel>& channel, const std::string& op, json::object params) {
    return read::slot(read::object(call(channel, op, std::move(params)).result, "slot"));
}

StatisticsRecord statistics_of(const json::object& from) {
    StatisticsRecord read;
    read.device = read::text(from, "device");
    read.since_utc_us = read::number(read::object(from, "since"), "utc_us");
    read.reset_by = read::text(from, "reset_by");
    read.captures = read::number(from, "captures");
    read.retakes = read::number(from, "retakes");
    read.prints = read::number(from, "prints");
    read.cards = read::number(from, "cards");
    read.busy_ms = read::number(from, "busy_ms");
    read.restarts = read::number(from, "restarts");
    const json::object failures = read::object(from, "failures");
    for (const auto& failure : failures)
        read.failures[std::string(failure.key())] = read::number(failures, std::string(failure.key()).c_str());
    read.json = json::serialize(from);
    return read;
}

} // namespace

SlotRecord Station::hold(const std::string& slot, const std::string& reason, const std::string& by) {
    json::object params{{"slot", slot}, {"reason", reason}};
    read::add(params, "by", by);
    return changed(channel_, "slot.hold", std::move(params));
}

SlotRecord Station::release(const std::string& slot, const std::string& by) {
    json::object params{{"slot", slot}};
    read::add(params, "by", by);
    return changed(channel_, "slot.release", std::move(params));
}

StatisticsRecord Station::statistics(const std::string& device, const std::string& reset_by) {
    json::object params{{"device", device}};
    if (!reset_by.empty()) {
        params["reset"] = true;
        params["by"] = reset_by;
    }
    return statistics_of(
        read::object(rekam::call(channel_, "device.statistics", std::move(params)).result, "statistics"));
}

std::int64_t Station::erase(const std::string& case_id, const std::string& reason, const std::string& by) {
    json::object params{{"case", case_id}, {"reason", reason}};
    read::add(params, "by", by);
    return read::number(rekam::call(channel_, "journal.erase", std::move(params), store_timeout_ms).result, "erased");
}

std::string Station::report(const std::string& day) {
    json::object params;
    read::add(params, "day", day);
    return json::serialize(rekam::call(channel_, "report.daily", std::move(params), store_timeout_ms).result);
}

} // namespace rekam
