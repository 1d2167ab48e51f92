// SPDX-License-Identifier: Apache-2.0
// What clients ask: everything that can be refused here is, and the rest goes to the broker word for word.
#include "core/gate/identity.h"
#include "core/gate/reply.h"
#include "core/gate/table.h"
#include "core/wire/codec.h"

namespace rekam::gate {
namespace {

using model::Code;
using model::make_error;
using Problem = std::optional<model::Error>;

} // namespace

void Table::on(const Now& now, ClientMessage& message) {
    if (phase_ != Phase::open && phase_ != Phase::stopping)
        return drop_stored(message); // the sockets are not open yet, or not any more
    ++counters_.requests;
    const auto header_bytes = static_cast<std::size_t>(config_.limits.header_bytes);
    auto request = wire::read_request(message.header, {.bytes = header_bytes});
    const std::string id = request ? request->envelope.id.value : request.error().id;
    Problem problem = check_form(message);
    if (!problem && !request)
        problem = std::move(request).error().error;
    Checked checked;
    const bool malformed = problem.has_value();
    if (!problem)
        problem = check_standing(message, *request, checked);
    if (!problem)
        problem = check_tickets(message, *request, checked);
    if (!problem)
        problem = check_room(message, *request, checked);
    if (problem) {
        drop_stored(message);
        counters_.bad_requests += malformed || problem->code == Code::bad_request ? 1 : 0;
        return refuse(now, message, id, *problem);
    }
    if (!wire::takes_parts(request->op))
        drop_stored(message);
    if (request->op == wire::Op::schema_get)
        return answer_schema(now, message, *request);
    forward(message, *request, checked);
}

std::optional<model::Error> Table::check_form(const ClientMessage& message) const {
    const auto& limits = config_.limits;
    // A routing id of a client's own choice could be taken over, with the answers that are under way to it.
    if (message.names_itself)
        return make_error(
            Code::bad_request,
            "the connection has a routing id of its own choice: do not set ZMQ_ROUTING_ID, resume the session instead");
    if (message.parts > limits.parts)
        return make_error(Code::too_large, "the message has " + std::to_string(message.parts) + " parts, at most " +
                                               std::to_string(limits.parts) + " are allowed: send fewer");
    if (message.part_bytes > limits.message_bytes)
        return make_error(Code::too_large, "the parts have " + std::to_string(message.part_bytes) + " bytes, at most " +
                                               std::to_string(limits.message_bytes) + " are allowed: send less");
    return std::nullopt;
}

std::optional<model::Error> Table::check_standing(const ClientMessage& message, const wire::Request& request,
                                                  Checked& checked) {
    const auto principal = principal_name(message.principal);
    if (principal.empty())
        return make_error(Code::denied, "the transport does not say who you are; use the station's ipc endpoint");
    if (message.parts != 0 && !wire::takes_parts(request.op))
        return make_error(Code::bad_request, request.envelope.op + " takes no binary parts: send the header alone");
    if (message.parts != static_cast<std::int64_t>(message.stored.size()))
        return make_error(Code::too_large, "the binary parts could not be stored; send smaller ones, or try again");
    if (message.is_req && request.wants_progress())
        return make_error(Code::bad_request,
                          "a REQ socket would take progress for its answer: leave progress out, or use a DEALER socket",
                          "progress");
    if (const auto* hello = std::get_if<wire::HelloParams>(&request.params))
        return check_key(message.principal, *hello, checked);
    const auto& token = request.envelope.session;
    if (!token)
        return make_error(Code::bad_request, "session is missing: say hello and send the session that it gives",
                          "session");
    checked.session = sessions_.find(token->value, principal);
    if (checked.session == 0)
        return make_error(Code::unknown_session, "no such session here: say hello, with resume to take it up again",
                          "session");
    if (!sessions_.may(checked.session, request.op))
        return wire::denied(request.op, principal);
    if (wire::starts_job(request.op))
        return wire::check_job_envelope(request.envelope);
    if (request.op == wire::Op::preview_start)
        return wire::check_preview_envelope(request.envelope);
    return std::nullopt;
}

std::optional<model::Error> Table::check_key(const wire::Principal& principal, const wire::HelloParams& params,
                                             Checked& checked) const {
    checked.key_shown =
        params.station_key && config_.station_key && same_secret(params.station_key->value, *config_.station_key);
    if (principal.transport != "tcp" || checked.key_shown)
        return std::nullopt;
    return make_error(Code::denied,
                      std::string(params.station_key ? "this is not the station's key"
                                                     : "over tcp a hello must show the station's key") +
                          ": send the text of the file station.key in the station's runtime directory as station_key",
                      "params.station_key");
}

std::optional<model::Error> Table::check_room(const ClientMessage& message, const wire::Request& request,
                                              const Checked& checked) const {
    if (phase_ == Phase::stopping)
        return make_error(Code::shutting_down, "the station is stopping; try again when it is back");
    if (requests_.has(message.client, checked.session, request.envelope.id.value))
        return make_error(Code::bad_request, "a request with this id is still open; ids must differ among open ones",
                          "id");
    const auto open = static_cast<std::size_t>(config_.limits.open_requests);
    const bool hellos = checked.session == 0 && requests_.hellos_of(message.client) >= bounds_.hellos_per_client;
    if (hellos || (checked.session != 0 && requests_.of_session(checked.session) >= open))
        return make_error(Code::too_many,
                          hellos
                              ? "too many hellos are open on this connection; wait for an answer before the next one"
                              : "the session has " + std::to_string(open) +
                                    " open requests, as many as it may have; wait for an answer before the next one");
    const bool pictures =
        message.stored.empty() || held_.empty() || held_parts() + message.stored.size() <= bounds_.attachments_held;
    if (pictures && requests_.size() < bounds_.open_requests)
        return std::nullopt;
    auto busy = make_error(Code::busy, "the station has no room for another open request; try again after retry_ms");
    busy.retry_ms = 1'000;
    return busy;
}

void Table::refuse(const Now& now, const ClientMessage& message, std::string_view id, const model::Error& error) {
    answer(now, message, refusal_header(id, error));
}

void Table::answer(const Now& now, const ClientMessage& message, std::string header) {
    send(now,
         {message.client, message.connection, SendClient::Kind::final, 0, message.delimiter, std::move(header), {}});
}

void Table::answer_schema(const Now& now, const ClientMessage& message, const wire::Request& request) {
    const auto& wanted = std::get<wire::SchemaGetParams>(request.params).name;
    const std::string_view id = request.envelope.id;
    if (!wanted) {
        std::string body = R"({"names":[)";
        for (const auto& [name, text] : schemas_) {
            body += body.ends_with('[') ? "" : ",";
            wire::append_json_string(body, name);
        }
        return answer(now, message, final_header(id, true, body + "]}"));
    }
    const auto found = schemas_.find(wanted->value);
    if (found == schemas_.end())
        return refuse(now, message, id,
                      make_error(Code::out_of_range,
                                 "no schema is named " + wanted->value + "; schema.get without name lists them",
                                 "params.name"));
    std::string body = R"({"name":)";
    wire::append_json_string(body, found->first);
    body += R"(,"schema":)";
    body += found->second;
    answer(now, message, final_header(id, true, body + "}"));
}

void Table::forward(ClientMessage& message, const wire::Request& request, const Checked& checked) {
    wire::Message out;
    if (checked.session == 0) {
        message.principal.key_shown = checked.key_shown;
        out.tail = wire::encode(message.principal);
    }
    OpenRequest open{message.client,
                     message.connection,
                     checked.session,
                     request.envelope.id.value,
                     principal_name(message.principal),
                     message.delimiter,
                     request.wants_progress()};
    out.prefix.type = wire::Type::gate_request;
    out.prefix.request = requests_.open(std::move(open));
    out.prefix.session = checked.session;
    out.prefix.incarnation = static_cast<std::uint64_t>(config_.gate_epoch);
    out.prefix.deadline_ms = request.envelope.deadline_ms ? request.envelope.deadline_ms->value : 0;
    out.json = std::move(message.header);
    if (message.stored.empty()) {
        effects_.emplace_back(SendBroker{std::move(out)});
        return;
    }
    wire::Attachments attachments;
    for (const auto& part : message.stored) {
        attachments.parts.push_back({part.bytes, part.hash});
        out.descriptors.push_back(part.descriptor);
    }
    message.stored.clear();
    out.tail = wire::encode(attachments);
    held_.push_back(std::move(out));
    pump_held();
}

std::size_t Table::held_parts() const {
    std::size_t parts = 0;
    for (const auto& waiting : held_)
        parts += waiting.descriptors.size();
    return parts;
}

void Table::drop_stored(ClientMessage& message) {
    for (const auto& part : message.stored)
        effects_.emplace_back(CloseDescriptor{part.descriptor});
    message.stored.clear();
}

void Table::pump_held() {
    while (!held_.empty() && held_.front().descriptors.size() <= credits_) {
        credits_ -= held_.front().descriptors.size();
        effects_.emplace_back(SendBroker{std::move(held_.front())});
        held_.pop_front();
    }
}

} // namespace rekam::gate
