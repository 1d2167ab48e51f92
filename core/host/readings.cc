// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/readings.h"

#include "core/host/mrz.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::host {
namespace {

using model::Code;

model::Error bad(const std::string& what) { return model::make_error(Code::bad_frame, what); }

template <class T>
std::optional<model::Error> read(const std::string& key, std::string_view json, std::optional<T>& to) {
    auto value = wire::decode<T>(json);
    if (!value)
        return bad("the plugin's result \"" + key + "\": " + value.error().message);
    to = std::move(*value);
    return std::nullopt;
}

bool asked_for(const Request& request, std::string_view part) {
    const rekam_request_t& record = *request.record();
    return std::any_of(record.parts, record.parts + record.part_count, [&](const char* one) { return part == one; });
}

} // namespace

std::optional<model::Error> ReadingsMaker::add(const std::string& key, std::string_view json) {
    std::size_t others = 0;
    for (const auto& [name, bytes] : bytes_)
        others += name == key ? 0 : bytes;
    if (json.size() > max_result_bytes - std::min(others, max_result_bytes))
        return model::make_error(Code::too_large, "the results of a job are longer than 48 KiB");
    bytes_[key] = json.size();
    if (key == "samples")
        return read(key, json, samples_);
    if (key == "lines")
        return read(key, json, lines_);
    if (key == "eyes")
        return read(key, json, eyes_);
    return bad("the plugin gives a result that the vocabulary does not know: " + key);
}

wire::Expected<wire::Readings> ReadingsMaker::finish(const Request& request) const {
    const std::uint32_t function = request.record()->function;
    const bool fits = (!samples_ || function == REKAM_FUNCTION_SIGNATURE) &&
                      (!lines_ || function == REKAM_FUNCTION_MRZ_READER) && (!eyes_ || function == REKAM_FUNCTION_IRIS);
    if (!fits)
        return bad("the plugin gives a result of another function than the one that was asked");
    wire::Readings readings;
    if (samples_) {
        if (auto error = wire::inconsistency(*samples_))
            return bad("the plugin's result " + error->message);
        readings.samples = samples_;
    }
    if (lines_) {
        auto mrz = parse_mrz(*lines_);
        if (!mrz)
            return std::move(mrz).error();
        readings.mrz = std::move(*mrz);
    }
    if (eyes_) {
        for (const auto& eye : eyes_->items)
            if (!asked_for(request, eye.position.value))
                return bad("the plugin's result \"eyes\": " + eye.position.value + " was not asked for");
        readings.eyes = eyes_;
    }
    return readings;
}

} // namespace rekam::host
