// SPDX-License-Identifier: Apache-2.0
#include "core/gate/front.h"

#include "core/base/digest.h"
#include "core/gate/endpoints.h"
#include "core/gate/guard.h"
#include "core/gate/process.h"
#include "core/io/memfd.h"
#include "core/wire/request.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

#include <sys/mman.h>
#include <unistd.h>

namespace rekam::gate {
namespace {

constexpr int queue_messages = 64;        ///< per connection and direction
constexpr int events_queue_messages = 32; ///< a stalled subscriber may cost this much
constexpr int linger_ms = 200;
constexpr int heartbeat_ms = 2'000, heartbeat_timeout_ms = 6'000, heartbeat_ttl_ms = 10'000; ///< tcp
constexpr int handshake_ms = 5'000;
constexpr std::int64_t subscription_bytes = 1'024; ///< longer topics match nothing
constexpr std::int64_t unread_of_all = 4;          ///< times message_bytes
constexpr std::size_t automatic_id_bytes = 5;      ///< a zero byte and a counter, where the client named nothing
constexpr std::size_t clients_with_parts = 256;
/// So much more is read of a message that is too large, so that it can be refused by name.
constexpr std::int64_t over_the_limit = 8 << 20;
constexpr int listeners_and_spare = 7; ///< descriptors still to be opened when room is shared out

void common_options(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::linger, linger_ms);
    socket.set(zmq::sockopt::handshake_ivl, handshake_ms);
}

/// For what is bound to the socket from now on. Only tcp needs them: on ipc the kernel tells of a peer's end, one that
/// hangs costs a queue at most, and libzmq walks through the timers of all connections for each message that comes.
void send_heartbeats(zmq::socket_t& socket) {
    socket.set(zmq::sockopt::heartbeat_ivl, heartbeat_ms);
    socket.set(zmq::sockopt::heartbeat_timeout, heartbeat_timeout_ms);
    socket.set(zmq::sockopt::heartbeat_ttl, heartbeat_ttl_ms);
}

/// libzmq owns the descriptor from now on.
void listen_at(zmq::socket_t& socket, io::Fd listener, const std::string& endpoint, guard::Kind kind) {
    guard::listening(listener.get(), kind);
    const int number = listener.release();
    zmq_setsockopt(socket.handle(), ZMQ_USE_FD, &number, sizeof number);
    socket.bind(endpoint);
}

std::optional<std::int64_t> take_number(std::string_view& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    const auto digits = text.substr(colon + 1);
    std::int64_t number = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size() || number < 0)
        return std::nullopt;
    text.remove_suffix(digits.size() + 1);
    return number;
}

/// On ipc Peer-Address ends in ":uid:gid:pid", which the kernel said when the connection was made.
wire::Principal principal(const char* transport, bool ipc, const zmq::message_t& message) {
    wire::Principal proved;
    proved.transport = transport;
    const char* address = zmq_msg_gets(message.handle(), "Peer-Address");
    if (!ipc || !address)
        return proved;
    std::string_view text = address;
    proved.pid = take_number(text);
    proved.gid = take_number(text);
    proved.uid = take_number(text);
    return proved;
}

bool is_req(const zmq::message_t& message) {
    const char* type = zmq_msg_gets(message.handle(), "Socket-Type");
    return type && std::string_view(type) == "REQ";
}

/// A cheap look, before the header is read: only these requests are worth a memfd for each part.
bool may_take_parts(std::string_view header) {
    return std::ranges::any_of(model::Names<wire::Op>::values, [&](std::string_view name) {
        const auto op = model::parse<wire::Op>(name);
        return op && wire::takes_parts(*op) && header.find(name) != std::string_view::npos;
    });
}

bool receive_one(zmq::socket_t& socket, zmq::message_t& into) {
    return socket.recv(into, zmq::recv_flags::dontwait).has_value();
}

} // namespace

Front::Front(const Open& open) : events_(context_, zmq::socket_type::xpub), limits_(open.config.limits) {
    const auto& config = open.config;
    add_router('i', "ipc");
    if (config.tcp_requests)
        add_router('t', "tcp");
    common_options(events_);
    events_.set(zmq::sockopt::sndhwm, events_queue_messages);
    events_.set(zmq::sockopt::maxmsgsize, subscription_bytes);
    events_.set(zmq::sockopt::xpub_welcome_msg, open.welcome);
    const auto room =
        share_descriptors(descriptors_in_use() + listeners_and_spare, descriptor_limit(), limits_.connections);
    connections_below_ = room.connections_below;
    guard::start({.descriptors = room.connections_below,
                  .message_bytes = limits_.message_bytes + over_the_limit,
                  .total_bytes = 4 * limits_.message_bytes});
    listen_at(routers_.front().socket, listen_ipc(config.requests), "ipc://" + config.requests, guard::Kind::requests);
    listen_at(events_, listen_ipc(config.events), "ipc://" + config.events, guard::Kind::events);
    if (config.tcp_requests) {
        send_heartbeats(routers_.back().socket);
        listen_at(routers_.back().socket, listen_tcp(*config.tcp_requests), *config.tcp_requests,
                  guard::Kind::requests);
    }
    if (config.tcp_events) {
        send_heartbeats(events_);
        listen_at(events_, listen_tcp(*config.tcp_events), *config.tcp_events, guard::Kind::events);
    }
}

Front::~Front() = default;

void Front::add_router(char letter, const char* name) {
    Transport& made = routers_.emplace_back(Transport{letter, name, zmq::socket_t(context_, zmq::socket_type::router)});
    common_options(made.socket);
    made.socket.set(zmq::sockopt::router_mandatory, true);
    made.socket.set(zmq::sockopt::router_handover, false);
    made.socket.set(zmq::sockopt::sndhwm, queue_messages);
    made.socket.set(zmq::sockopt::rcvhwm, queue_messages);
    made.socket.set(zmq::sockopt::maxmsgsize, std::max(limits_.part_bytes, limits_.header_bytes));
}

std::optional<ClientMessage> Front::receive(Transport& transport) {
    zmq::message_t frame;
    if (!receive_one(transport.socket, frame))
        return std::nullopt;
    ClientMessage message;
    message.client = transport.letter + frame.to_string();
    message.names_itself = frame.size() != automatic_id_bytes || frame.data<char>()[0] != 0;
    bool more = frame.more();
    const auto next = [&] {
        frame.rebuild();
        more = more && receive_one(transport.socket, frame) && frame.more();
    };
    if (more)
        next();
    // Asked of the first frame that the client sent: libzmq makes the one with the id itself, and forgets the
    // properties of the connection there when the message was fetched by a look at ZMQ_EVENTS.
    message.principal = principal(transport.name, transport.letter == 'i', frame);
    message.is_req = is_req(frame);
    const int descriptor = zmq_msg_get(frame.handle(), ZMQ_SRCFD);
    message.connection = guard::connection(descriptor);
    if (more && frame.size() == 0) {
        message.delimiter = true;
        next();
    }
    const auto keep = static_cast<std::size_t>(limits_.header_bytes) + 1;
    message.header.assign(frame.data<char>(), std::min(frame.size(), keep));
    const bool keeps = may_take_parts(message.header);
    while (more) {
        next();
        ++message.parts;
        message.part_bytes += static_cast<std::int64_t>(frame.size());
        if (keeps && message.parts <= limits_.parts && message.part_bytes <= limits_.message_bytes)
            store(frame, message);
    }
    guard::taken(descriptor);
    return message;
}

void Front::store(const zmq::message_t& frame, ClientMessage& message) {
    if (std::ssize(message.stored) + 1 != message.parts)
        return; // an earlier one could not be stored: the request is refused
    try {
        io::Fd memfd = io::create_memfd("rekam-part");
        io::write_memfd(memfd.get(), frame.to_string_view());
        io::seal_memfd(memfd.get());
        message.stored.push_back(
            {memfd.release(), static_cast<std::int64_t>(frame.size()), "sha256:" + sha256_hex(frame.to_string_view())});
    } catch (const std::system_error&) {
        return; // no memory or no descriptor: the request is refused, and the client hears it
    }
}

bool Front::drain(int most, const std::function<void(ClientMessage)>& take) {
    bool may_be_more = false;
    for (auto& transport : routers_) {
        int count = 0;
        while (count < most) {
            auto message = receive(transport);
            if (!message)
                break;
            ++count;
            take(std::move(*message));
        }
        may_be_more |= count == most;
    }
    return may_be_more;
}

bool Front::drain_subscriptions(int most, const std::function<void(Subscription)>& take) {
    zmq::message_t frame;
    for (int count = 0; count < most; ++count) {
        if (!receive_one(events_, frame))
            return false;
        const auto text = frame.to_string_view();
        if (!text.empty() && (text[0] == 0 || text[0] == 1))
            take({text[0] == 1, std::string(text.substr(1))});
    }
    return true;
}

void Front::look() {
    for (auto& transport : routers_)
        static_cast<void>(transport.socket.get(zmq::sockopt::events));
    static_cast<void>(events_.get(zmq::sockopt::events));
}

Front::Bytes Front::unread_of(const ClientKey& client) {
    if (unread_by_client_.size() >= clients_with_parts)
        std::erase_if(unread_by_client_, [](const auto& one) { return *one.second == 0; });
    auto& found = unread_by_client_[client];
    if (!found)
        found = std::make_shared<std::atomic<std::int64_t>>(0);
    return found;
}

bool Front::has_room(const SendClient& message, std::int64_t unread) const {
    std::int64_t bytes = 0;
    for (const auto& part : message.parts)
        bytes += part.length;
    // One message must always be possible, or a large one would wait for ever. A picture of a preview is the newest
    // only as long as no other one waits before it.
    const bool is_shown = message.kind == SendClient::Kind::progress;
    return unread == 0 || (!is_shown && unread + bytes <= limits_.message_bytes &&
                           *unread_ + bytes <= unread_of_all * limits_.message_bytes);
}

zmq::message_t Front::map(const Part& part, const Bytes& unread) {
    struct Mapping {
        void* start;
        std::size_t bytes;
        std::int64_t counted;
        Bytes client, all;
    };
    if (part.length > io::sealed_bytes(part.descriptor) - part.offset)
        throw std::runtime_error("the broker handed over a part that is not sealed or too short");
    if (part.length == 0)
        return {};
    const std::int64_t skip = part.offset % ::sysconf(_SC_PAGESIZE);
    const auto bytes = static_cast<std::size_t>(part.length + skip);
    void* start = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, part.descriptor, part.offset - skip);
    if (start == MAP_FAILED)
        throw std::system_error(errno, std::generic_category(), "mapping a part");
    *unread += part.length;
    *unread_ += part.length;
    const auto release = [](void*, void* hint) { // on libzmq's thread, or here when the message is not sent
        const std::unique_ptr<Mapping> held(static_cast<Mapping*>(hint));
        ::munmap(held->start, held->bytes);
        *held->client -= held->counted;
        *held->all -= held->counted;
    };
    return {static_cast<char*>(start) + skip, static_cast<std::size_t>(part.length), release,
            new Mapping{start, bytes, part.length, unread, unread_}};
}

std::optional<SendRefused> Front::send(SendClient message) {
    using Reason = SendRefused::Reason;
    const auto transport =
        std::ranges::find(routers_, message.client.empty() ? '\0' : message.client[0], &Transport::letter);
    if (transport == routers_.end())
        return SendRefused{std::move(message), Reason::unreachable};
    std::vector<zmq::message_t> parts;
    if (!message.parts.empty()) {
        const Bytes unread = unread_of(message.client);
        if (!has_room(message, *unread))
            return SendRefused{std::move(message), Reason::full};
        for (const auto& part : message.parts)
            parts.push_back(map(part, unread));
    }
    // Whether a message can go is decided at its first frame; the others follow it without condition.
    constexpr auto more = zmq::send_flags::sndmore | zmq::send_flags::dontwait;
    zmq::socket_t& socket = transport->socket;
    if (zmq_send(socket.handle(), message.client.data() + 1, message.client.size() - 1, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
        return SendRefused{std::move(message), errno == EAGAIN ? Reason::full : Reason::unreachable};
    if (message.delimiter)
        socket.send(zmq::message_t(), more);
    socket.send(zmq::buffer(message.header), parts.empty() ? zmq::send_flags::dontwait : more);
    for (auto& part : parts)
        socket.send(part, &part == &parts.back() ? zmq::send_flags::dontwait : more);
    for (const auto& part : message.parts)
        ::close(part.descriptor);
    return std::nullopt;
}

void Front::publish(const Publish& event) {
    events_.send(zmq::buffer(event.topic), zmq::send_flags::sndmore | zmq::send_flags::dontwait);
    events_.send(zmq::buffer(event.json), zmq::send_flags::dontwait);
}

std::vector<int> Front::descriptors() {
    std::vector<int> all{events_.get(zmq::sockopt::fd)};
    for (auto& transport : routers_)
        all.push_back(transport.socket.get(zmq::sockopt::fd));
    return all;
}

} // namespace rekam::gate
