// SPDX-License-Identifier: Apache-2.0
// A gate's table with a clock and the words of clients and broker, for its tests.
#pragma once

#include "core/gate/table.h"
#include "core/wire/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace rekam::gate::testing {

inline const std::string token_a(32, 'a'), token_b(32, 'b');

inline constexpr std::array<schema::Schema, 2> two_schemas{
    schema::Schema{"frame", R"({"type":"object"})"},
    schema::Schema{"hello.params", R"({"type":"object","title":"h"})"}};

inline wire::GateConfig config(std::int64_t gate_epoch = 3) {
    wire::GateConfig all;
    all.requests = "requests";
    all.events = "events";
    all.station_key = "a very long station key";
    all.station = {"st-1", "Tanjung", "Asia/Jakarta"};
    all.station_epoch = 17;
    all.gate_epoch = gate_epoch;
    all.limits.open_requests = 4;
    all.seq = {{"station", 5}, {"slot.photo", 41}};
    return all;
}

inline wire::Message from_broker(wire::Type type, std::uint64_t request = 0, std::string json = {},
                                 std::string tail = {}, std::uint64_t incarnation = 3) {
    wire::Message message;
    message.prefix.type = type;
    message.prefix.request = request;
    message.prefix.incarnation = incarnation;
    message.json = std::move(json);
    message.tail = std::move(tail);
    return message;
}

inline ClientMessage from_client(std::string header, ClientKey client = "A", std::int64_t uid = 1000) {
    ClientMessage message;
    message.client = std::move(client);
    message.connection = message.client.empty() ? 0 : static_cast<std::uint64_t>(message.client[0]);
    message.principal = {"ipc", uid, uid, 4242, false};
    message.header = std::move(header);
    return message;
}

inline std::string header(std::string_view op, std::string_view id, std::string_view session,
                          std::string_view more = R"("params":{})") {
    std::string text = R"({"v":1,"id":")" + std::string(id) + R"(","op":")" + std::string(op) + '"';
    if (!session.empty())
        text += R"(,"session":")" + std::string(session) + '"';
    return text + "," + std::string(more) + "}";
}
inline std::string hello(std::string_view id = "1", std::string_view more = "") {
    return header("hello", id, "", R"("params":{"client":"test 1")" + std::string(more) + "}");
}

class Gate {
  public:
    explicit Gate(Bounds bounds = {}) : table(two_schemas, bounds) {}

    /// Starts and configures; what that gave is thrown away.
    void open(const wire::GateConfig& with = config()) {
        step(Started{"build", 7});
        step(BrokerMessage{from_broker(wire::Type::gate_config, 0, wire::encode(with))});
        ASSERT_EQ(table.phase(), Phase::open);
    }
    Effects& step(Event event) { return last = table.step(now, std::move(event)); }
    Effects& client(ClientMessage message) { return step(std::move(message)); }
    Effects& broker(wire::Message message) { return step(BrokerMessage{std::move(message)}); }
    Effects& tick(std::int64_t after_us) {
        now.mono_us += after_us;
        return step(Tick{});
    }

    /// Says hello and gets the session granted.
    void join(const std::string& token, std::int64_t number, const ClientKey& who = "A", std::int64_t uid = 1000) {
        client(from_client(hello("join"), who, uid));
        const auto* sent = only<SendBroker>();
        ASSERT_TRUE(sent);
        const std::string principal = "uid:" + std::to_string(uid);
        broker(from_broker(wire::Type::gate_reply, sent->message.prefix.request, R"({"session":")" + token + "\"}",
                           wire::encode(wire::SessionGrant{
                               number, token, principal, {model::Role::station, model::Role::technician}})));
        ASSERT_TRUE(only<SendClient>());
    }

    /// The number that the broker got for a request of this client, 0 when it was refused.
    std::uint64_t ask(ClientMessage message) {
        client(std::move(message));
        const auto* sent = only<SendBroker>();
        return sent ? sent->message.prefix.request : 0;
    }

    template <class T> std::vector<T*> all() {
        std::vector<T*> found;
        for (auto& effect : last)
            if (auto* one = std::get_if<T>(&effect))
                found.push_back(one);
        return found;
    }
    /// The one effect of this kind; null when there are none or several.
    template <class T> T* only() {
        const auto found = all<T>();
        return found.size() == 1 ? found[0] : nullptr;
    }

    /// The code of the one refusal that the last step sent.
    std::string refused() {
        const auto* sent = only<SendClient>();
        if (!sent)
            return last.empty() ? "nothing" : "something else";
        answer = boost::json::parse(sent->header).as_object();
        return answer["ok"].as_bool() ? "ok" : std::string(answer["error"].as_object()["code"].as_string());
    }

    Now now{1'000'000, 1'000'000, 0, true};
    Table table;
    Effects last;
    boost::json::object answer; ///< set by refused()
};

} // namespace rekam::gate::testing
