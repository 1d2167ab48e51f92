// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/client/cpp/src/read.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace rekam::read {

namespace json = boost::json;

std::string text(const json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool flag(const json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::optional<std::int64_t> maybe_number(const json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    if (value == nullptr || !value->is_int64())
        return {};
    return value->get_int64();
}

std::int64_t number(const json::object& from, std::string_view name) { return maybe_number(from, name).value_or(0); }

json::object object(const json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

std::vector<json::object> objects(const json::object& from, std::string_view name) {
    std::vector<json::object> read;
    const auto* value = from.if_contains(name);
    if (value == nullptr || !value->is_array())
        return read;
    for (const auto& item : value->get_array()) {
        if (item.is_object())
            read.push_back(item.get_object());
    }
    return read;
}

std::vector<std::string> texts(const json::object& from, std::string_view name) {
    std::vector<std::string> read;
    const auto* value = from.if_contains(name);
    if (value == nullptr || !value->is_array())
        return read;
    for (const auto& item : value->get_array()) {
        if (item.is_string())
            read.emplace_back(item.get_string());
    }
    return read;
}

std::optional<json::object> parse(std::string_view text) {
    boost::system::error_code failed;
    json::value value = json::parse(text, failed);
    if (failed || !value.is_object())
        return {};
    return std::move(value.get_object());
}

ErrorBody error(const json::object& from) {
    ErrorBody body;
    body.code = text(from, "code");
    body.error_class = text(from, "class");
    body.retry = text(from, "retry");
    body.effect = text(from, "effect");
    body.message = text(from, "message");
    body.hint = text(from, "hint");
    body.slot = text(from, "slot");
    body.device = text(from, "device");
    body.job = text(from, "job");
    body.path = text(from, "path");
    body.card_at = text(from, "card_at");
    body.vendor_code = maybe_number(from, "vendor_code");
    if (from.contains("holder")) {
        const json::object holder = object(from, "holder");
        body.holder = Holder{text(holder, "client"), text(holder, "operator")};
    }
    body.remaining_ms = maybe_number(from, "remaining_ms");
    body.position = maybe_number(from, "position");
    body.retry_ms = maybe_number(from, "retry_ms");
    body.station_epoch = maybe_number(from, "station_epoch");
    if (const auto* versions = from.if_contains("versions"); versions != nullptr && versions->is_array()) {
        for (const auto& version : versions->get_array()) {
            if (version.is_int64())
                body.versions.push_back(version.get_int64());
        }
    }
    body.json = json::serialize(from);
    return body;
}

StationRecord station(const json::object& from) {
    const json::object who = object(from, "station");
    return {text(who, "id"),     text(who, "name"),    text(who, "zone"), number(from, "station_epoch"),
            text(from, "state"), json::serialize(from)};
}

SlotRecord slot(const json::object& from) {
    const json::object held = object(from, "lease");
    return {text(from, "slot"),   text(from, "desk"),   text(from, "function"),
            text(from, "device"), text(from, "state"),  text(from, "admin"),
            text(from, "reason"), text(held, "client"), maybe_number(held, "remaining_ms"),
            number(from, "seq"),  json::serialize(from)};
}

DeviceRecord device(const json::object& from) {
    DeviceRecord read;
    read.device = text(from, "device");
    read.plugin = text(from, "plugin");
    read.make = text(from, "make");
    read.model = text(from, "model");
    read.serial = text(from, "serial");
    read.physical = text(from, "physical");
    read.port = text(from, "port");
    read.functions = texts(from, "functions");
    read.state = text(from, "state");
    read.open = flag(from, "open");
    read.slots = texts(from, "slots");
    if (from.contains("error"))
        read.error = error(object(from, "error"));
    read.seq = number(from, "seq");
    read.json = json::serialize(from);
    return read;
}

PluginRecord plugin(const json::object& from) {
    PluginRecord read;
    read.plugin = text(from, "plugin");
    read.path = text(from, "path");
    read.name = text(from, "name");
    read.version = text(from, "version");
    read.functions = texts(from, "functions");
    read.state = text(from, "state");
    read.devices = number(from, "devices");
    if (from.contains("error"))
        read.error = error(object(from, "error"));
    read.seq = number(from, "seq");
    read.json = json::serialize(from);
    return read;
}

CaseRecord case_record(const json::object& from) {
    return {text(from, "case"),
            text(from, "purpose"),
            text(from, "state"),
            text(from, "client"),
            text(from, "operator"),
            number(object(from, "opened_at"), "utc_us"),
            objects(from, "captures").size(),
            json::serialize(from)};
}

JobRecord job(const json::object& from) {
    JobRecord read;
    read.job = text(from, "job");
    read.op = text(from, "op");
    read.slot = text(from, "slot");
    read.case_id = text(from, "case");
    read.subject = text(from, "subject");
    read.state = text(from, "state");
    read.effect = text(from, "effect");
    read.percent = maybe_number(from, "percent");
    read.frames = objects(from, "frames").size();
    if (from.contains("error"))
        read.error = error(object(from, "error"));
    read.json = json::serialize(from);
    return read;
}

LeaseRecord lease(const json::object& from) {
    return {text(from, "lease"),          texts(from, "slots"), text(from, "client"), text(from, "operator"),
            number(from, "remaining_ms"), flag(from, "mine"),   json::serialize(from)};
}

HealthRecord health(const json::object& from) {
    HealthRecord read;
    read.device = text(from, "device");
    read.slot = text(from, "slot");
    read.level = text(from, "level");
    read.state = text(from, "state");
    for (const auto& check : objects(from, "checks")) {
        read.checks.push_back({text(check, "component"), text(check, "state"), text(check, "evidence"),
                               text(check, "who"), text(check, "hint")});
    }
    read.took_ms = number(from, "took_ms");
    read.json = json::serialize(from);
    return read;
}

FrameRecord frame(const json::object& from) {
    return {text(from, "frame"),   number(from, "index"), text(from, "subject"),    maybe_number(from, "page"),
            text(from, "side"),    text(from, "format"),  number(from, "width_px"), number(from, "height_px"),
            number(from, "bytes"), text(from, "hash"),    json::serialize(from)};
}

} // namespace rekam::read
