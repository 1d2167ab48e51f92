// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a supervisor asks for: open outcomes, blank cards, draining.
#include <boost/json/serialize.hpp>
#include <utility>

#include <rekam/client.h>

#include "sdk/client/cpp/src/pending.h"
#include "sdk/client/cpp/src/read.h"

namespace rekam {

namespace json = boost::json;

namespace {

HopperRecord hopper_of(const json::object& from) {
    HopperRecord read;
    read.device = read::text(from, "device");
    read.slots = read::texts(from, "slots");
    read.loaded = read::number(from, "loaded");
    read.issued = read::number(from, "issued");
    read.rejected = read::number(from, "rejected");
    read.spoiled = read::number(from, "spoiled");
    read.unknown = read::number(from, "unknown");
    read.left = read::number(from, "left");
    read.difference = read::number(from, "difference");
    read.per_hour = read::maybe_number(from, "per_hour");
    read.empty_utc_us = read::maybe_number(read::object(from, "empty_at"), "utc_us");
    read.json = json::serialize(from);
    return read;
}

DrainRecord drain_of(const json::object& from) {
    const json::object drain = read::object(from, "drain");
    return {!drain.empty(),          read::text(drain, "cause"),         read::text(drain, "reason"),
            read::text(drain, "by"), read::number(from, "side_effects"), json::serialize(from)};
}

HopperRecord changed(const std::shared_ptr<Channel>& channel, const std::string& op, json::object params) {
    return hopper_of(read::object(call(channel, op, std::move(params)).result, "hopper"));
}

} // namespace

std::vector<JobRecord> Station::open_outcomes() {
    std::vector<JobRecord> open;
    for (const auto& record : list_all(channel_, "job.list", "jobs", {{"unsettled", true}}))
        open.push_back(read::job(record));
    return open;
}

JobRecord Station::reconcile(const Reconciliation& found) {
    json::object params{{"job", found.job}, {"effect", found.effect}, {"by", found.by}, {"second", found.second}};
    read::add(params, "reason", found.reason);
    read::add(params, "blank", found.blank);
    return read::job(read::object(rekam::call(channel_, "job.reconcile", std::move(params)).result, "job"));
}

std::vector<HopperRecord> Station::hoppers() {
    std::vector<HopperRecord> all;
    for (const auto& record : read::objects(rekam::call(channel_, "cards.get", {}).result, "hoppers"))
        all.push_back(hopper_of(record));
    return all;
}

HopperRecord Station::hopper(const std::string& slot) {
    return hopper_of(read::objects(rekam::call(channel_, "cards.get", {{"slot", slot}}).result, "hoppers").at(0));
}

HopperRecord Station::load_cards(const std::string& slot, std::int64_t count, const std::string& by) {
    return changed(channel_, "cards.load", {{"slot", slot}, {"count", count}, {"by", by}});
}

HopperRecord Station::count_cards(const std::string& slot, std::int64_t count, const std::string& by,
                                  const std::string& reason) {
    json::object params{{"slot", slot}, {"count", count}, {"by", by}};
    read::add(params, "reason", reason);
    return changed(channel_, "cards.count", std::move(params));
}

HopperRecord Station::spoil_cards(const std::string& slot, std::int64_t count, const std::string& by,
                                  const std::string& reason) {
    return changed(channel_, "cards.spoil", {{"slot", slot}, {"count", count}, {"by", by}, {"reason", reason}});
}

DrainRecord Station::drain(bool on, const std::string& by, const std::string& reason) {
    json::object params{{"on", on}, {"by", by}};
    read::add(params, "reason", reason);
    return drain_of(rekam::call(channel_, "station.drain", std::move(params)).result);
}

DrainRecord Station::drained() { return drain_of(rekam::call(channel_, "station.get", {}).result); }

} // namespace rekam
