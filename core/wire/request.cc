// SPDX-License-Identifier: Apache-2.0
#include "core/wire/request.h"

#include "core/base/digest.h"
#include "core/wire/params.h"
#include "core/wire/reader.h"

#include <boost/json/monotonic_resource.hpp>

#include <array>
#include <stdexcept>

namespace rekam::wire {
namespace {

using boost::system::result;
using model::Code;
using model::make_error;

template <std::size_t I = 0> Expected<Params> read_params_of(std::size_t op, const boost::json::value& from) {
    if constexpr (I < std::variant_size_v<Params>) {
        if (op != I)
            return read_params_of<I + 1>(op, from);
        auto params = read_params<std::variant_alternative_t<I, Params>>(from);
        if (!params)
            return std::move(params).error();
        return Params(std::in_place_index<I>, std::move(*params));
    } else {
        return make_error(Code::unknown_op, "no such operation");
    }
}
static_assert(std::variant_size_v<Params> == model::Names<Op>::values.size());

std::string readable_id(const boost::json::value& header) {
    const auto* object = header.if_object();
    const auto* id = object ? object->if_contains("id") : nullptr;
    const auto* text = id ? id->if_string() : nullptr;
    return text && text->size() <= 256 ? std::string(*text) : std::string();
}

/// What a client wrote where anything may stand, as far as it can be shown in a line of a log.
std::string shown(const std::string& text) {
    return text.size() <= 64 && fits(Charset::printable, text) ? text : "that";
}

model::Error wrong_version() {
    auto error = make_error(Code::unsupported_version, "v must be 1: this station speaks version 1 only", "v");
    error.versions = {1};
    return error;
}

} // namespace

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) {
    throw std::logic_error(refusal.error.message);
}

result<Request, Refusal> read_request(std::string_view header, const JsonLimits& limits) {
    // What is parsed lives no longer than this call, and the room is enough for nearly every header: no allocations.
    std::array<unsigned char, 4'096> room;
    boost::json::monotonic_resource storage(room.data(), room.size());
    const auto value = parse_json(header, limits, &storage);
    if (!value)
        return Refusal{"", value.error()};
    const std::string id = readable_id(*value);
    const auto refuse = [&](model::Error error) { return Refusal{id, std::move(error)}; };
    const auto* object = value->if_object();
    if (!object)
        return refuse(make_error(Code::bad_request, "the header must be one JSON object: send {\"v\":1,...}"));
    if (const auto* v = object->if_contains("v"); v && v->is_int64() && v->as_int64() != 1)
        return refuse(wrong_version());
    auto envelope = read_as<Envelope>(*value, "");
    if (!envelope)
        return refuse(std::move(envelope).error());
    Request request;
    request.envelope = std::move(*envelope);
    const auto op = model::parse<Op>(request.envelope.op);
    if (!op)
        return refuse(make_error(Code::unknown_op,
                                 "op: no operation is named " + shown(request.envelope.op) + "; see `rights` in hello",
                                 "op"));
    request.op = *op;
    const boost::json::value none(boost::json::object_kind, &storage);
    const auto* given = object->if_contains("params");
    const auto& params = given ? *given : none;
    auto read = read_params_of(static_cast<std::size_t>(*op), params);
    if (!read)
        return refuse(std::move(read).error());
    request.params = std::move(*read);
    request.raw = boost::json::object(params.as_object(), boost::json::storage_ptr()); // outlives the room
    return request;
}

std::string body_hash(const Request& request, const std::vector<std::string>& attachments) {
    std::string body = request.envelope.op + "\n" + canonical_json(request.raw);
    for (const auto& hash : attachments)
        body += "\n" + hash;
    return sha256_hex(body);
}

bool starts_job(Op op) { return op == Op::capture_start || op == Op::print_start || op == Op::card_open; }

bool takes_parts(Op op) { return op == Op::print_start; }

std::optional<model::Error> check_job_envelope(const Envelope& envelope) {
    const auto missing = [](const char* field, const char* why) {
        return make_error(Code::bad_request, std::string(field) + " is missing: " + why, field);
    };
    if (!envelope.deadline_ms)
        return missing("deadline_ms", "say how long it may take");
    if (!envelope.station_epoch)
        return missing("station_epoch", "send the one from hello, so that a stale request cannot run");
    if (!envelope.idem)
        return missing("idem", "make a unique key and keep it, so that the request can be asked for again");
    if (!envelope.lease)
        return make_error(Code::no_lease, "lease is missing: call lease.acquire for the slot first", "lease");
    return std::nullopt;
}

std::optional<model::Error> check_preview_envelope(const Envelope& envelope) {
    if (!envelope.lease)
        return make_error(Code::no_lease, "lease is missing: call lease.acquire for the slot first", "lease");
    if (!envelope.progress.value_or(false))
        return make_error(Code::bad_request, "progress must be true: the pictures come as progress messages",
                          "progress");
    return std::nullopt;
}

bool has_parameter(model::Function function, std::string_view name) {
    using enum model::Function;
    struct Owner {
        std::string_view name;
        std::initializer_list<model::Function> functions;
    };
    static const std::array owners{
        Owner{"width_px", {camera}},
        Owner{"height_px", {camera}},
        Owner{"exposure", {camera}},
        Owner{"white_balance", {camera}},
        Owner{"focus", {camera}},
        Owner{"zoom", {camera}},
        Owner{"light", {camera}},
        Owner{"crop", {camera}},
        Owner{"impression", {fingerprint}},
        Owner{"dpi", {fingerprint, document}},
        Owner{"wavelength_nm", {iris}},
        Owner{"prompt", {signature}},
        Owner{"buttons", {signature}},
        Owner{"ink", {signature}},
        Owner{"area", {signature, document}},
        Owner{"source", {document}},
        Owner{"mode", {document}},
        Owner{"depth", {document}},
        Owner{"pages_max", {document}},
    };
    for (const auto& owner : owners)
        if (owner.name == name)
            return std::ranges::find(owner.functions, function) != owner.functions.end();
    return true;
}

} // namespace rekam::wire
