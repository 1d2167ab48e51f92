// SPDX-License-Identifier: Apache-2.0
// Where the table meets the handover of descriptors (core/gate/handover.h).
#include "core/gate/reply.h"
#include "core/gate/table.h"
#include "core/wire/codec.h"

namespace rekam::gate {

using model::Code;
using model::make_error;

std::optional<model::Error> Table::check_tickets(const ClientMessage& message, const wire::Request& request,
                                                 const Checked& checked) const {
    const auto* frame = std::get_if<wire::FrameGetParams>(&request.params);
    const auto* preview = std::get_if<wire::PreviewStartParams>(&request.params);
    const bool wants = (frame && frame->wants_ticket()) || (preview && preview->tickets);
    if (!wants)
        return std::nullopt;
    if (message.principal.transport != "ipc" || !message.principal.uid)
        return make_error(
            Code::denied,
            std::string("tickets are for programs on the station's machine that connect over ipc: leave ") +
                (frame ? "as" : "tickets") + " out, and the bytes come as parts",
            frame ? "params.as" : "params.tickets");
    return handover_.refusal(checked.session);
}

void Table::reply_ticket(const Now& now, BrokerMessage& event, const OpenRequest& request) {
    const wire::Message& message = event.message;
    const auto parts = wire::decode<wire::Parts>(message.tail);
    const bool proper = parts && parts->parts.size() == 1 && message.descriptors.size() == 1 &&
                        parts->parts[0].length >= 0 && message.json.starts_with('{') && message.json.ends_with('}');
    if (!proper)
        return violation(message, "does not say what its ticket is for");
    SendClient out{
        request.client, request.connection, SendClient::Kind::final, message.prefix.request, request.delimiter, {}, {}};
    const auto more =
        handover_.frame(now, request, {message.descriptors[0], 0, parts->parts[0].length}, message.json, event.entropy);
    out.header = more ? final_header(request.id, true, message.json.substr(0, message.json.size() - 1) + *more + "}")
                      : refusal_header(request.id, more.error());
    send(now, std::move(out));
}

void Table::buffers(const wire::Message& message) {
    const auto pool = wire::decode<wire::PoolBuffers>(message.json);
    if (!pool || pool->pool <= 0 || pool->bytes <= 0)
        return violation(message, "does not say what its buffers are");
    if (message.prefix.incarnation != static_cast<std::uint64_t>(config_.gate_epoch))
        return close_all(message.descriptors);
    handover_.buffers(message.prefix.request, *pool, message.descriptors);
}

std::size_t Table::drop_requests(const ClientKey& client) {
    const auto numbers = requests_.close_all(client);
    for (const auto number : numbers)
        handover_.end(number);
    return numbers.size();
}

} // namespace rekam::gate
