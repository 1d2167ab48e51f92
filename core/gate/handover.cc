// SPDX-License-Identifier: Apache-2.0
#include "core/gate/handover.h"

#include "core/base/digest.h"
#include "core/gate/identity.h"
#include "core/wire/codec.h"

#include <algorithm>
#include <utility>

namespace rekam::gate {
namespace {

using model::Code;
using model::make_error;

constexpr std::size_t ticket_bytes = 16;

} // namespace

void Handover::start(const wire::GateConfig& config) {
    socket_ = config.data.value_or("");
    gate_epoch_ = static_cast<std::uint64_t>(config.gate_epoch);
    bytes_per_session_ = config.limits.unread_frame_bytes;
}

std::size_t Handover::frame_tickets(std::uint64_t session) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        tickets_, [&](const auto& entry) { return entry.second.session == session && entry.second.stream == 0; }));
}

std::int64_t Handover::charged(std::uint64_t session) const {
    std::int64_t bytes = 0;
    for (const auto& [text, ticket] : tickets_)
        bytes += ticket.session == session ? ticket.bytes : 0;
    for (const auto& [key, connection] : connections_)
        bytes += connection.session == session ? connection.bytes : 0;
    for (const auto& [number, stream] : streams_)
        bytes += stream.session == session ? stream.charged : 0;
    return bytes;
}

std::size_t Handover::descriptors() const {
    std::size_t count = 0;
    for (const auto& [text, ticket] : tickets_)
        count += ticket.descriptor >= 0 ? 1 : 0;
    for (const auto& [number, stream] : streams_)
        count += stream.descriptors.size();
    return count;
}

std::optional<model::Error> Handover::refusal(std::uint64_t session) const {
    if (!is_on())
        return make_error(Code::not_covered, "this station hands out no descriptors; ask without a ticket");
    if (charged(session) > bytes_per_session_)
        return make_error(Code::too_large,
                          "this session has more by descriptors than limits.unread_frame_bytes: end the connections to "
                          "the data socket whose frames and previews are not needed any more");
    const bool mine = frame_tickets(session) >= bounds_.tickets_per_session;
    if (mine || tickets_.size() >= bounds_.tickets)
        return make_error(mine ? Code::too_many : Code::busy,
                          mine ? "this session has " + std::to_string(bounds_.tickets_per_session) +
                                     " open tickets, as many as it may have: show them first"
                               : "too many tickets are open; ask without one, or try again");
    return std::nullopt;
}

std::string Handover::sell(const Now& now, std::int64_t for_us, Ticket ticket, const Entropy& entropy,
                           std::size_t number) {
    auto text = to_hex({reinterpret_cast<const char*>(entropy.data()) + number * ticket_bytes, ticket_bytes});
    ticket.due_us = now.mono_us + for_us;
    due_us_ = std::min(due_us_, ticket.due_us);
    tickets_[text] = std::move(ticket);
    return text;
}

wire::Expected<std::string> Handover::frame(const Now& now, const OpenRequest& request, const Part& part,
                                            const std::string& record, const Entropy& entropy) {
    auto refused = refusal(request.session);
    if (!refused && charged(request.session) + part.length > bytes_per_session_)
        refused = make_error(Code::too_large, "with this frame the session would have more by descriptors than "
                                              "limits.unread_frame_bytes; ask for it in pieces, without a ticket");
    if (refused) {
        effects_.emplace_back(CloseDescriptor{part.descriptor});
        return std::move(*refused);
    }
    Ticket ticket;
    ticket.session = request.session;
    ticket.principal = request.principal;
    ticket.record = record;
    ticket.descriptor = part.descriptor;
    ticket.bytes = part.length;
    std::string more =
        R"(,"ticket":")" + sell(now, bounds_.ticket_us, std::move(ticket), entropy, 0) + R"(","socket":)";
    wire::append_json_string(more, socket_);
    return more;
}

std::string Handover::preview(const Now& now, std::uint64_t number, const OpenRequest& request, std::size_t count,
                              const std::string& record, const Entropy& entropy) {
    Stream& stream = streams_[number];
    stream.session = request.session;
    std::string more = R"(,"tickets":[)";
    for (std::size_t i = 0; i < std::min(count, entropy.size() / ticket_bytes); ++i) {
        Ticket ticket;
        ticket.session = request.session;
        ticket.principal = request.principal;
        ticket.record = record;
        ticket.stream = number;
        more += i == 0 ? "\"" : ",\"";
        more += sell(now, bounds_.preview_ticket_us, std::move(ticket), entropy, i) + '"';
    }
    more += R"(],"socket":)";
    wire::append_json_string(more, socket_);
    return more;
}

// --- pictures ---

void Handover::buffers(std::uint64_t number, const wire::PoolBuffers& pool,
                       const std::vector<wire::Descriptor>& descriptors) {
    const auto found = streams_.find(number);
    // Without room for them nothing is shown; who asked sees it by what does not come.
    const bool room = this->descriptors() + descriptors.size() <= bounds_.kept_descriptors;
    if (!room || found == streams_.end() || found->second.over) {
        auto unwanted = descriptors;
        return close_descriptors(unwanted);
    }
    Stream& stream = found->second;
    close_descriptors(stream.descriptors); // every consumer has its own of them
    stream.pool = pool;
    stream.descriptors = descriptors;
    stream.charged += pool.bytes * static_cast<std::int64_t>(descriptors.size());
    for (const auto key : stream.consumers)
        give_buffers(key, stream);
}

void Handover::picture(std::uint64_t number, const wire::BufferRef& at, const std::string& record) {
    const auto found = streams_.find(number);
    // Its pool may wait for the credit of other descriptors: then nobody can look into it yet.
    if (found == streams_.end() || found->second.over || found->second.pool.pool != at.pool.value ||
        at.buffer.value >= std::ssize(found->second.descriptors))
        return put_back(number, at);
    Stream& stream = found->second;
    const Generation generation = at.generation.value;
    if (!stream.pictures.try_emplace(generation, Picture{at, record, 1}).second)
        return; // a host that counts wrongly: the first one of that number is the one that is known
    for (const auto key : stream.consumers) {
        Connection& connection = connections_.at(key);
        ++stream.pictures.at(generation).wanted;
        if (connection.asks) {
            give(key, connection, stream, generation);
        } else if (const auto older = std::exchange(connection.waits, generation)) {
            release(number, stream, *older);
        }
    }
    release(number, stream, generation);
}

void Handover::give(DataKey key, Connection& connection, Stream& stream, Generation generation) {
    const Picture& picture = stream.pictures.at(generation);
    connection.asks = false;
    connection.has = generation;
    say(key, R"({"picture":)" + picture.record + R"(,"at":)" + wire::encode(picture.at) + "}");
}

void Handover::give_buffers(DataKey key, const Stream& stream) {
    if (!stream.descriptors.empty())
        say(key,
            R"({"buffers":)" +
                wire::encode(wire::PoolShown{stream.pool.pool, stream.pool.bytes, std::ssize(stream.descriptors)}) +
                "}",
            stream.descriptors);
}

void Handover::release(std::uint64_t number, Stream& stream, Generation generation) {
    const auto found = stream.pictures.find(generation);
    if (--found->second.wanted != 0)
        return;
    put_back(number, found->second.at);
    stream.pictures.erase(found);
}

void Handover::put_back(std::uint64_t number, const wire::BufferRef& at) {
    wire::Message message;
    message.prefix.type = wire::Type::gate_returned;
    message.prefix.request = number;
    message.prefix.incarnation = gate_epoch_;
    message.json = wire::encode(at);
    effects_.emplace_back(SendBroker{std::move(message)});
}

void Handover::end(std::uint64_t number) {
    const auto found = streams_.find(number);
    if (found == streams_.end() || std::exchange(found->second.over, true))
        return;
    Stream& stream = found->second;
    close_descriptors(stream.descriptors);
    stream.pictures.clear(); // its host has heard of the end, and takes its memory back as a whole
    std::erase_if(tickets_, [&](const auto& entry) { return entry.second.stream == number; });
    for (const auto key : stream.consumers) {
        Connection& connection = connections_.at(key);
        connection.has.reset();
        connection.waits.reset();
        connection.asks = false;
        say(key, R"({"end":true})");
    }
    drop_unused_stream(number);
}

void Handover::end_all() {
    std::vector<std::uint64_t> numbers;
    for (const auto& [number, stream] : streams_)
        numbers.push_back(number);
    for (const auto number : numbers)
        end(number);
    for (auto& [text, ticket] : tickets_)
        if (ticket.descriptor >= 0)
            effects_.emplace_back(CloseDescriptor{ticket.descriptor});
    tickets_.clear();
}

// It is charged until the last consumer is gone: the memory is theirs as long.
void Handover::drop_unused_stream(std::uint64_t number) {
    const auto found = streams_.find(number);
    if (found != streams_.end() && found->second.over && found->second.consumers.empty())
        streams_.erase(found);
}

void Handover::close_descriptors(std::vector<wire::Descriptor>& descriptors) {
    for (const auto descriptor : std::exchange(descriptors, {}))
        effects_.emplace_back(CloseDescriptor{descriptor});
}

} // namespace rekam::gate
