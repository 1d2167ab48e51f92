// SPDX-License-Identifier: Apache-2.0
#include "core/gate/table.h"

#include "core/gate/reply.h"
#include "core/wire/codec.h"
#include "core/wire/tables.h"

#include <algorithm>
#include <utility>

namespace rekam::gate {
namespace {

bool looks_like_object(std::string_view json) { return json.starts_with('{') && json.ends_with('}'); }

/// Which bytes become the binary parts; else what is wrong with the message.
const char* read_parts(const wire::Message& message, std::vector<Part>& into) {
    const auto parts = wire::decode<wire::Parts>(message.tail);
    if (!parts || parts->parts.size() != message.descriptors.size())
        return "does not say what its parts are";
    for (std::size_t i = 0; i < message.descriptors.size(); ++i) {
        const auto& range = parts->parts[i];
        if (range.offset < 0 || range.length < 0)
            return "has a part of less than nothing";
        into.push_back({message.descriptors[i], range.offset, range.length});
    }
    return nullptr;
}

bool is_unknown_session(std::string_view error) {
    const auto value = wire::parse_json(error);
    const auto* object = value ? value->if_object() : nullptr;
    const auto* code = object ? object->if_contains("code") : nullptr;
    return code && code->is_string() && code->get_string() == model::name(model::Code::unknown_session);
}

} // namespace

Table::Table(std::span<const schema::Schema> schemas, const Bounds& bounds)
    : bounds_(bounds), outbox_(bounds), feed_(bounds) {
    for (const auto& published : schemas)
        schemas_.emplace(published.name, published.text);
}

Effects Table::step(const Now& now, Event event) {
    effects_.clear();
    std::visit([&](auto& concrete) { on(now, concrete); }, event);
    return std::move(effects_);
}

std::int64_t Table::next_deadline_us() const {
    if (phase_ == Phase::ended)
        return never_us;
    return std::min({beat_us_, stop_us_, outbox_.due_us(), handover_.next_deadline_us()});
}

void Table::on(const Now&, Started& event) {
    if (phase_ != Phase::fresh)
        return;
    phase_ = Phase::starting;
    to_broker(wire::Type::gate_hello, wire::encode(wire::ChildHello{event.build, event.pid}));
}

void Table::on(const Now& now, BrokerMessage& event) {
    wire::Message& message = event.message;
    if (phase_ == Phase::ended || phase_ == Phase::fresh)
        return close_all(message.descriptors);
    if (!wire::allowed(message, wire::Boundary::gate, wire::Direction::from_broker))
        return violation(message, "is not one that a broker sends");
    if (!message.descriptors.empty()) // off the channel: the broker may send as many again
        to_broker(wire::Type::gate_taken,
                  wire::encode(wire::Taken{static_cast<std::int64_t>(message.descriptors.size())}),
                  message.prefix.request);
    switch (message.prefix.type) {
    case wire::Type::gate_config: return configure(now, message);
    case wire::Type::gate_reply: return reply(now, event);
    case wire::Type::gate_progress: return progress(now, event);
    case wire::Type::gate_buffers: return buffers(message);
    case wire::Type::gate_event: return this->event(message);
    case wire::Type::gate_ping: return to_broker(wire::Type::gate_pong, {});
    case wire::Type::gate_credit: return credit(message);
    case wire::Type::gate_stop: return stop(now);
    default: return violation(message, "has no meaning here"); // a new row in the table without code for it
    }
}

void Table::configure(const Now& now, const wire::Message& message) {
    if (phase_ != Phase::starting)
        return violation(message, "came twice");
    auto config = wire::decode<wire::GateConfig>(message.json);
    if (!config)
        return violation(message, config.error().message);
    config_ = std::move(*config);
    if (config_.gate_epoch <= 0 || config_.limits.sessions <= 0 || config_.limits.open_requests <= 0)
        return violation(message, "has no epoch or no limits");
    config_.limits.header_bytes =
        std::min(config_.limits.header_bytes, static_cast<std::int64_t>(wire::max_json_bytes));
    phase_ = Phase::open;
    sessions_ = Sessions(static_cast<std::size_t>(config_.limits.sessions));
    feed_.start(config_);
    handover_.start(config_);
    beat_us_ = now.mono_us + bounds_.beat_us;
    effects_.emplace_back(Open{config_, feed_.welcome()});
}

void Table::reply(const Now& now, BrokerMessage& event) {
    const wire::Message& message = event.message;
    const wire::Prefix& prefix = message.prefix;
    // What was meant for an earlier gate must not answer a request of this one, even if the numbers are the same.
    const bool ours = prefix.incarnation == static_cast<std::uint64_t>(config_.gate_epoch);
    const auto request = ours ? requests_.close(prefix.request) : std::nullopt;
    if (!request) {
        ++dropped_;
        return close_all(message.descriptors);
    }
    const bool ok = (prefix.flags & wire::flag_error) == 0;
    handover_.end(prefix.request);
    if (ok && (prefix.flags & wire::flag_ticket) != 0)
        return reply_ticket(now, event, *request);
    SendClient out{
        request->client, request->connection, SendClient::Kind::final, prefix.request, request->delimiter, {}, {}};
    if (!looks_like_object(message.json))
        return violation(message, "carries no object");
    if (!message.descriptors.empty() && request->session == 0)
        return violation(message, "answers a hello with parts");
    if (!message.descriptors.empty()) {
        if (const char* wrong = read_parts(message, out.parts))
            return violation(message, wrong);
    } else if (request->session == 0 && ok) {
        if (!learn(*request, message))
            return violation(message, "does not grant the session that it announces");
    } else if (!message.tail.empty()) {
        return violation(message, "has a tail that nobody reads");
    }
    if (!ok && is_unknown_session(message.json))
        sessions_.forget(request->session);
    if (const auto old = outbox_.drop_progress(request->client, prefix.request))
        close_parts(*old);
    out.header = final_header(request->id, ok, message.json);
    send(now, std::move(out));
}

bool Table::learn(const OpenRequest& request, const wire::Message& message) {
    const auto grant = wire::decode<wire::SessionGrant>(message.tail);
    if (!grant || grant->number <= 0 || grant->token.size() != 32 || grant->principal != request.principal)
        return false;
    sessions_.learn(*grant);
    return true;
}

void Table::progress(const Now& now, const BrokerMessage& event) {
    const wire::Message& message = event.message;
    const wire::Prefix& prefix = message.prefix;
    const bool ours = prefix.incarnation == static_cast<std::uint64_t>(config_.gate_epoch);
    const OpenRequest* request = ours ? requests_.find(prefix.request) : nullptr;
    if (!looks_like_object(message.json))
        return violation(message, "carries no object");
    if ((prefix.flags & wire::flag_buffer) != 0) { // also where nobody waits: its buffer has to go back
        const auto at = wire::decode<wire::BufferRef>(message.tail);
        if (!at || !message.descriptors.empty())
            return violation(message, "does not say where its picture lies");
        if (ours)
            handover_.picture(prefix.request, *at, message.json);
    }
    if (!request || !request->progress) {
        ++dropped_;
        return close_all(message.descriptors);
    }
    const bool brings_tickets = (prefix.flags & wire::flag_ticket) != 0; // no newer word says them again
    std::string body = message.json;
    if (brings_tickets) {
        const auto wanted = wire::decode<wire::TicketsWanted>(message.tail);
        if (!wanted || !message.descriptors.empty())
            return violation(message, "does not say how many tickets it wants");
        body.insert(body.size() - 1,
                    handover_.preview(now, prefix.request, *request, static_cast<std::size_t>(wanted->count.value),
                                      message.json, event.entropy));
    }
    SendClient out{request->client,
                   request->connection,
                   brings_tickets ? SendClient::Kind::final : SendClient::Kind::progress,
                   prefix.request,
                   request->delimiter,
                   progress_header(request->id, body),
                   {}};
    if (!message.descriptors.empty())
        if (const char* wrong = read_parts(message, out.parts))
            return violation(message, wrong);
    send(now, std::move(out));
}

void Table::event(const wire::Message& message) {
    const auto head = wire::decode<wire::EventHead>(message.tail);
    if (!head || !looks_like_object(message.json))
        return violation(message, "is no event");
    if (phase_ == Phase::starting)
        return violation(message, "came before the configuration");
    if (auto publish = feed_.publish(*head, message.json))
        effects_.emplace_back(std::move(*publish));
    else
        ++counters_.events_dropped;
}

void Table::credit(const wire::Message& message) {
    const auto taken = wire::decode<wire::Taken>(message.json);
    const auto owed = static_cast<std::int64_t>(wire::descriptor_credit - credits_);
    if (!taken || taken->descriptors < 1 || taken->descriptors > owed)
        return violation(message, "takes what was not sent");
    credits_ += static_cast<std::size_t>(taken->descriptors);
    pump_held();
}

void Table::stop(const Now& now) {
    if (outbox_.clients() == 0 || phase_ == Phase::starting)
        return exit(0);
    if (phase_ != Phase::open)
        return;
    phase_ = Phase::stopping;
    stop_us_ = now.mono_us + bounds_.stop_us;
}

void Table::on(const Now& now, SendRefused& event) {
    SendClient& message = event.message;
    const bool old_progress = message.kind == SendClient::Kind::progress && !requests_.find(message.request);
    if (phase_ == Phase::ended || old_progress)
        return close_parts(message);
    const ClientKey client = message.client;
    if (event.reason == SendRefused::Reason::full) {
        keep(now, std::move(message), true);
        return;
    }
    close_parts(message);
    for (const auto& waiting : outbox_.take(client))
        close_parts(waiting);
    dropped_ += static_cast<std::int64_t>(drop_requests(client)) + 1;
}

void Table::on(const Now&, Subscription& event) {
    feed_.subscription(event);
    auto interests = feed_.interests();
    if (interests == interests_ || phase_ == Phase::ended)
        return;
    interests_ = std::move(interests);
    to_broker(wire::Type::gate_interest, wire::encode(wire::GateInterest{interests_}));
}

void Table::on(const Now& now, Tick& event) {
    if (phase_ == Phase::ended || phase_ == Phase::fresh)
        return;
    counters_.http_closed = event.totals.http_closed;
    counters_.refused_connections = event.totals.refused_connections;
    handover_.tick(now);
    for (const auto& client : outbox_.stale(now))
        give_up(client, 0);
    if (phase_ == Phase::stopping && (outbox_.clients() == 0 || now.mono_us >= stop_us_))
        return exit(0);
    if (now.mono_us >= outbox_.due_us())
        for (auto& message : outbox_.retry(now))
            effects_.emplace_back(std::move(message));
    if (now.mono_us >= beat_us_) {
        beat_us_ = now.mono_us + bounds_.beat_us;
        effects_.emplace_back(feed_.beat());
        report();
    }
}

void Table::report() {
    reported_.requests = counters_.requests; // rides along, but is no reason to speak every second
    if (wire::encode(counters_) == wire::encode(reported_))
        return;
    reported_ = counters_;
    to_broker(wire::Type::gate_counters, wire::encode(counters_));
}

void Table::send(const Now& now, SendClient message) {
    if (!outbox_.blocked(message.client)) {
        effects_.emplace_back(std::move(message));
        return;
    }
    keep(now, std::move(message), false);
}

void Table::keep(const Now& now, SendClient message, bool returned) {
    const ClientKey client = message.client;
    const auto connection = message.connection;
    std::vector<SendClient> old;
    const bool room = outbox_.keep(now, std::move(message), returned, old);
    for (const auto& one : old) // the newest wins
        close_parts(one);
    if (!room)
        give_up(client, connection);
}

void Table::give_up(const ClientKey& client, std::uint64_t connection) {
    for (const auto& waiting : outbox_.take(client)) {
        connection = waiting.connection;
        close_parts(waiting);
    }
    drop_requests(client);
    log(Level::warning, "a client does not read its answers; it is disconnected, its results are kept");
    effects_.emplace_back(Disconnect{client, connection});
}

void Table::close_parts(const SendClient& message) {
    for (const auto& part : message.parts)
        effects_.emplace_back(CloseDescriptor{part.descriptor});
}

void Table::close_all(const std::vector<wire::Descriptor>& descriptors) {
    for (const auto descriptor : descriptors)
        effects_.emplace_back(CloseDescriptor{descriptor});
}

void Table::to_broker(wire::Type type, std::string json, std::uint64_t request) {
    wire::Message message;
    message.prefix.type = type;
    message.prefix.request = request;
    message.prefix.incarnation = static_cast<std::uint64_t>(config_.gate_epoch);
    message.json = std::move(json);
    effects_.emplace_back(SendBroker{std::move(message)});
}

void Table::violation(const wire::Message& message, std::string_view what) {
    const auto* row = wire::row(message.prefix.type);
    log(Level::error, "the broker's " + std::string(row ? row->name : "message") + " " + std::string(what));
    close_all(message.descriptors);
    exit(1);
}

void Table::exit(int code) {
    for (const auto& message : std::exchange(held_, {}))
        close_all(message.descriptors);
    handover_.end_all();
    phase_ = Phase::ended;
    effects_.emplace_back(Exit{code});
}

} // namespace rekam::gate
