// SPDX-License-Identifier: Apache-2.0
// The gate's ZeroMQ sockets: one ROUTER per transport, so that where a message comes from is beyond doubt, and one
// XPUB. Not thread-safe; nothing here waits.
#pragma once

#include "core/gate/event.h"

#include <zmq.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace rekam::gate {

class Front {
  public:
    /// Binds all endpoints of the configuration. Throws std::runtime_error or zmq::error_t when one cannot be bound.
    explicit Front(const Open& open);
    /// Waits up to 0.2 s for what was sent to leave the process.
    ~Front();
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;

    /// Hands over up to `most` requests per transport; true when there may be more. Call it before every sleep, after
    /// all sends: sending swallows the wake-up of what has arrived meanwhile.
    bool drain(int most, const std::function<void(ClientMessage)>& take);
    /// The same for subscriptions.
    bool drain_subscriptions(int most, const std::function<void(Subscription)>& take);
    /// For a loop that cannot take requests now: without it the descriptors stay readable and the loop would spin.
    void look();

    /// Sends, and closes the descriptors of the parts; or gives the message back.
    std::optional<SendRefused> send(SendClient message);
    void publish(const Publish& event);

    /// Descriptors with smaller numbers are for connections to these sockets.
    [[nodiscard]] int connections_below() const { return connections_below_; }

    /// Readable when something may have happened; they say no more than that.
    [[nodiscard]] std::vector<int> descriptors();

  private:
    struct Transport {
        char letter; ///< of its ClientKeys
        const char* name;
        zmq::socket_t socket;
    };
    /// Bytes of parts that libzmq still holds; its thread subtracts.
    using Bytes = std::shared_ptr<std::atomic<std::int64_t>>;

    void add_router(char letter, const char* name);
    std::optional<ClientMessage> receive(Transport& transport);
    static void store(const zmq::message_t& frame, ClientMessage& message);
    zmq::message_t map(const Part& part, const Bytes& unread);
    Bytes unread_of(const ClientKey& client);
    [[nodiscard]] bool has_room(const SendClient& message, std::int64_t unread) const;

    zmq::context_t context_{1};
    std::vector<Transport> routers_;
    zmq::socket_t events_;
    wire::Limits limits_;
    int connections_below_ = 0;
    Bytes unread_ = std::make_shared<std::atomic<std::int64_t>>(0);
    std::unordered_map<ClientKey, Bytes> unread_by_client_; ///< of clients that got parts lately
};

} // namespace rekam::gate
