// SPDX-License-Identifier: Apache-2.0
// A client on real ZeroMQ, as little as the tests need.
#pragma once

#include "tests/unit/gate/fake_broker.h"

#include <zmq.hpp>

#include <boost/json/parse.hpp>

#include <string>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>

namespace rekam::gate::testing {

class Client {
  public:
    explicit Client(const std::string& endpoint, zmq::socket_type type = zmq::socket_type::dealer,
                    const std::string& routing_id = {})
        : socket(context_, type) {
        socket.set(zmq::sockopt::linger, 0);
        socket.set(zmq::sockopt::reconnect_ivl, 10);
        if (!routing_id.empty())
            socket.set(zmq::sockopt::routing_id, routing_id);
        socket.connect(endpoint);
    }

    /// Header and parts of the next message; empty when patience ends.
    std::vector<std::string> receive(std::chrono::milliseconds wait = patience) {
        socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(wait.count()));
        std::vector<std::string> parts;
        zmq::message_t part;
        do {
            if (!socket.recv(part))
                return {};
            parts.push_back(part.to_string());
        } while (part.more());
        return parts;
    }
    void send(const std::string& header) { socket.send(zmq::buffer(header)); }
    boost::json::object ask(const std::string& header) {
        send(header);
        const auto parts = receive();
        return parts.empty() ? boost::json::object{} : boost::json::parse(parts[0]).as_object();
    }

    /// Says hello; true when there is a session now.
    bool join(const std::string& more = {}) {
        auto reply = ask(R"({"v":1,"id":"h","op":"hello","params":{"client":"test 1")" + more + "}}");
        if (!reply.contains("ok") || !reply["ok"].as_bool())
            return false;
        session = std::string(reply["result"].as_object()["session"].as_string());
        return true;
    }
    [[nodiscard]] std::string header(const std::string& op, const std::string& params = "{}", bool progress = false) {
        return R"({"v":1,"id":")" + std::to_string(++ids_) + R"(","op":")" + op + R"(","session":")" + session +
               R"(","progress":)" + (progress ? "true" : "false") + R"(,"params":)" + params + "}";
    }
    /// Whether the station answers.
    bool served() {
        auto reply = ask(header("station.get"));
        return reply.contains("ok") && reply["ok"].as_bool();
    }

  private:
    zmq::context_t context_;
    int ids_ = 0;

  public:
    zmq::socket_t socket;
    std::string session;
};

/// The code of a refusal, "ok" or "" for no answer.
inline std::string code_of(boost::json::object reply) {
    if (!reply.contains("ok"))
        return {};
    return reply["ok"].as_bool() ? "ok" : std::string(reply["error"].as_object()["code"].as_string());
}

/// A connected stream socket that speaks no ZeroMQ by itself; empty when it cannot connect.
io::Fd raw_ipc(const std::string& path);
io::Fd raw_tcp(const std::string& endpoint);

/// Writes all of it; false when the other end closed.
bool write_all(int socket, std::string_view bytes);

/// Reads until the other end closes; false when patience ends first.
bool closed_by_peer(int socket);

/// One frame of ZMTP 3.0.
std::string zmtp_frame(std::string_view body, bool more);
/// What a client sends before its first message.
std::string zmtp_greeting(const std::string& socket_type = "DEALER");
/// A connection behind its handshake: whoever sends messages before the gate has greeted is closed. Empty on failure.
io::Fd zmtp_ipc(const std::string& path, const std::string& socket_type = "DEALER");

} // namespace rekam::gate::testing
