// SPDX-License-Identifier: Apache-2.0
// What comes over the data socket. Whoever breaks its few rules is told which, and disconnected.
#include "core/gate/handover.h"

#include "core/gate/identity.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::gate {
namespace {

using model::Code;
using model::make_error;

} // namespace

void Handover::on(const Now& now, const DataConnected& event) {
    Connection connection;
    wire::Principal proved;
    proved.transport = "ipc";
    proved.uid = event.uid;
    connection.principal = principal_name(proved);
    const auto of_user = std::ranges::count_if(
        connections_, [&](const auto& entry) { return entry.second.principal == connection.principal; });
    // One user must not shut the others out.
    if (!is_on() || connections_.size() >= bounds_.data_connections ||
        static_cast<std::size_t>(of_user) >= bounds_.data_connections_per_user)
        return drop(event.connection);
    connection.due_us = now.mono_us + bounds_.show_us;
    due_us_ = std::min(due_us_, connection.due_us);
    connections_[event.connection] = std::move(connection);
}

void Handover::on(const Now& now, const DataMessage& event) {
    const auto found = connections_.find(event.connection);
    if (found == connections_.end())
        return; // what it had sent before it was dropped
    tick(now);  // a ticket that is over is over, though its timer comes after this
    if (!connections_.contains(event.connection))
        return;
    Connection& connection = found->second;
    const auto said = wire::decode<wire::DataRequest>(event.text);
    if (!said)
        return refuse(event.connection, said.error());
    if (said->ticket)
        return show(event.connection, connection, said->ticket->value);
    if (connection.stream == 0)
        return refuse(event.connection, make_error(Code::bad_request, "show a ticket first", "ticket"));
    if (said->back && !give_back(event.connection, connection, *said->back))
        return;
    Stream& stream = streams_.at(connection.stream);
    if (!said->next.value_or(false) || stream.over)
        return;
    if (connection.has || connection.asks)
        return refuse(event.connection,
                      make_error(Code::bad_request, "one picture at a time: give the one back that you "
                                                    "have, and wait for the one that you asked for"));
    connection.asks = true;
    if (const auto newest = std::exchange(connection.waits, std::nullopt))
        give(event.connection, connection, stream, *newest);
}

void Handover::show(DataKey key, Connection& connection, const std::string& text) {
    const auto found = tickets_.find(text);
    if (found == tickets_.end())
        return refuse(key, make_error(Code::denied,
                                      "no such ticket: it was used, is too old, or never was; ask for "
                                      "another one",
                                      "ticket"));
    // It stays good for its own user: whoever shows it here has seen it somewhere, and gets nothing for it.
    if (found->second.principal != connection.principal)
        return refuse(key, make_error(Code::denied,
                                      "this ticket is another user's: only programs of the user who asked "
                                      "for it may show it",
                                      "ticket"));
    const bool other = connection.session != 0 && connection.session != found->second.session;
    if (connection.stream != 0 || other || (connection.session != 0 && found->second.stream != 0))
        return refuse(key, make_error(Code::bad_request,
                                      "this connection has another ticket's frame or preview: make "
                                      "another connection for this one",
                                      "ticket"));
    const Ticket ticket = std::move(found->second);
    tickets_.erase(found);
    connection.session = ticket.session;
    connection.due_us = never_us;
    return ticket.stream != 0 ? begin_watching(key, connection, ticket) : hand_frame(key, connection, ticket);
}

void Handover::hand_frame(DataKey key, Connection& connection, const Ticket& ticket) {
    connection.bytes += ticket.bytes;
    say(key, R"({"ok":true,)" + ticket.record.substr(1), {ticket.descriptor});
    effects_.emplace_back(CloseDescriptor{ticket.descriptor});
}

void Handover::begin_watching(DataKey key, Connection& connection, const Ticket& ticket) {
    Stream& stream = streams_.at(ticket.stream); // its tickets go with it
    connection.stream = ticket.stream;
    stream.consumers.insert(key);
    say(key, R"({"ok":true,)" + ticket.record.substr(1));
    give_buffers(key, stream);
}

bool Handover::give_back(DataKey key, Connection& connection, const wire::BufferRef& at) {
    Stream& stream = streams_.at(connection.stream);
    if (stream.over)
        return true; // it was under way when the preview ended
    const auto known = connection.has ? stream.pictures.find(*connection.has) : stream.pictures.end();
    if (known == stream.pictures.end() || known->second.at != at) {
        refuse(key, make_error(Code::bad_request,
                               "this connection does not have that picture: give back what \"at\" "
                               "of the picture said, once",
                               "back"));
        return false;
    }
    connection.has.reset();
    release(connection.stream, stream, known->first);
    return true;
}

void Handover::say(DataKey key, std::string text, std::vector<wire::Descriptor> descriptors) {
    effects_.emplace_back(SendData{key, std::move(text), std::move(descriptors)});
}

void Handover::refuse(DataKey key, const model::Error& error) {
    say(key, R"({"ok":false,"error":)" + wire::encode(error) + "}");
    drop(key);
}

void Handover::drop(DataKey key) {
    forget(key);
    effects_.emplace_back(CloseData{key});
}

void Handover::forget(DataKey key) {
    const auto found = connections_.find(key);
    if (found == connections_.end())
        return;
    const Connection connection = std::move(found->second);
    connections_.erase(found);
    const auto stream = streams_.find(connection.stream);
    if (stream == streams_.end())
        return;
    stream->second.consumers.erase(key);
    for (const auto& picture : {connection.has, connection.waits})
        if (picture)
            release(connection.stream, stream->second, *picture);
    drop_unused_stream(connection.stream);
}

void Handover::tick(const Now& now) {
    if (now.mono_us < due_us_)
        return;
    due_us_ = never_us;
    std::vector<DataKey> silent;
    for (const auto& [key, connection] : connections_)
        if (connection.due_us <= now.mono_us)
            silent.push_back(key);
        else
            due_us_ = std::min(due_us_, connection.due_us);
    for (auto ticket = tickets_.begin(); ticket != tickets_.end();) {
        if (ticket->second.due_us > now.mono_us) {
            due_us_ = std::min(due_us_, (ticket++)->second.due_us);
            continue;
        }
        if (ticket->second.descriptor >= 0)
            effects_.emplace_back(CloseDescriptor{ticket->second.descriptor});
        ticket = tickets_.erase(ticket);
    }
    for (const auto key : silent)
        drop(key);
}

} // namespace rekam::gate
