// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/client/cpp/src/read.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace rekam::read {

namespace json = boost::json;

namespace {

std::vector<std::int64_t> numbers(const json::object& from, std::string_view name) {
    std::vector<std::int64_t> read;
    const auto* value = from.if_contains(name);
    if (value == nullptr || !value->is_array())
        return read;
    for (const auto& item : value->get_array()) {
        if (item.is_int64())
            read.push_back(item.get_int64());
    }
    return read;
}

SampleLists samples(const json::object& from) {
    return {number(from, "width_um"), number(from, "height_um"), numbers(from, "t_us"),
            numbers(from, "x_um"),    numbers(from, "y_um"),     numbers(from, "pressure"),
            numbers(from, "tilt"),    numbers(from, "gaps"),     number(from, "losses")};
}

MrzRecord mrz(const json::object& from) {
    MrzRecord read;
    read.kind = text(from, "kind");
    read.lines = texts(from, "lines");
    for (const auto& field : object(from, "fields")) {
        if (field.value().is_string())
            read.fields.emplace(field.key(), field.value().get_string());
    }
    for (const auto& check : objects(from, "checks"))
        read.checks.push_back({text(check, "field"), text(check, "read"), text(check, "computed"), flag(check, "ok")});
    read.valid = flag(from, "valid");
    return read;
}

EyeRecord eye(const json::object& from) {
    const json::object centre = object(from, "centre"), gaze = object(from, "gaze");
    return {text(from, "position"),
            number(centre, "x_px"),
            number(centre, "y_px"),
            number(from, "radius_px"),
            maybe_number(from, "pupil_radius_px"),
            maybe_number(gaze, "x_cdeg"),
            maybe_number(gaze, "y_cdeg")};
}

} // namespace

std::vector<FingerRecord> fingers(const json::object& from) {
    std::vector<FingerRecord> all;
    for (const auto& one : objects(from, "fingers")) {
        FingerRecord& finger = all.emplace_back();
        finger.position = text(one, "position");
        if (const json::object box = object(one, "box"); !box.empty())
            finger.box = {number(box, "x_px"), number(box, "y_px"), number(box, "width_px"), number(box, "height_px")};
        finger.quality = maybe_number(one, "quality");
        finger.reasons = texts(one, "reasons");
    }
    return all;
}

std::vector<ExceptedRecord> excepted(const json::object& from) {
    std::vector<ExceptedRecord> all;
    for (const auto& one : objects(from, "excepted"))
        all.push_back({text(one, "subject"), text(one, "reason")});
    return all;
}

Readings readings(const json::object& from) {
    Readings read;
    read.expired = flag(from, "readings_expired");
    const json::object all = object(from, "readings");
    if (all.contains("samples"))
        read.samples = samples(object(all, "samples"));
    if (all.contains("mrz"))
        read.mrz = mrz(object(all, "mrz"));
    for (const auto& one : objects(all, "eyes"))
        read.eyes.push_back(eye(one));
    return read;
}

} // namespace rekam::read
