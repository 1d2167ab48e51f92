// SPDX-License-Identifier: Apache-2.0 OR MIT
// Parameters of a job as JSON, and its progress as a struct.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <rekam/client.h>

#include "sdk/client/cpp/src/read.h"
#include "sdk/client/cpp/src/request.h"

namespace rekam::read {

namespace json = boost::json;

namespace {

json::value to_json(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value))
        return *flag;
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return *number;
    if (const auto* text = std::get_if<std::string>(&value))
        return json::string(*text);
    boost::system::error_code failed;
    json::value parsed = json::parse(std::get<Json>(value).text, failed);
    if (failed) {
        throw Error(local_error("bad-request", "a parameter given as JSON is none: " + std::get<Json>(value).text, "",
                                "caller", "after-fix"));
    }
    return parsed;
}

} // namespace

void add(json::object& params, const char* name, const std::string& text) {
    if (!text.empty())
        params[name] = text;
}

json::object to_params(const Parameters& parameters) {
    json::object params;
    for (const auto& [name, value] : parameters)
        params[name] = to_json(value);
    return params;
}

Progress progress(const json::object& body, const std::shared_ptr<Channel>& channel) {
    Progress said;
    said.job = text(body, "job");
    said.state = text(body, "state");
    said.percent = maybe_number(body, "percent");
    said.position = maybe_number(body, "position");
    said.guide = texts(body, "guide");
    for (const auto& record : objects(body, "frames"))
        said.frames.emplace_back(frame(record), channel);
    said.json = json::serialize(body);
    return said;
}

} // namespace rekam::read
