// SPDX-License-Identifier: Apache-2.0
#include "core/gate/reply.h"

#include "core/wire/codec.h"

namespace rekam::gate {
namespace {

std::string around(std::string_view id, std::string_view middle, std::string_view body) {
    std::string out;
    out.reserve(48 + id.size() + middle.size() + body.size());
    out += R"({"v":1,"id":)";
    wire::append_json_string(out, id);
    out += middle;
    out += body;
    out += '}';
    return out;
}

} // namespace

std::string final_header(std::string_view id, bool ok, std::string_view body) {
    return around(id, ok ? R"(,"more":false,"ok":true,"result":)" : R"(,"more":false,"ok":false,"error":)", body);
}

std::string refusal_header(std::string_view id, const model::Error& error) {
    return final_header(id, false, wire::encode(error));
}

std::string progress_header(std::string_view id, std::string_view body) {
    return around(id, R"(,"more":true,"progress":)", body);
}

std::string event_head(const wire::GateConfig& config) {
    std::string out = R"({"v":1,"station":)";
    wire::append_json_string(out, config.station.id);
    out += R"(,"station_epoch":)" + std::to_string(config.station_epoch);
    out += R"(,"gate_epoch":)" + std::to_string(config.gate_epoch);
    out += R"(,"stream":)";
    return out;
}

} // namespace rekam::gate
