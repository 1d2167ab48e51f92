// SPDX-License-Identifier: Apache-2.0
// Random histories of clients, broker and a lossy shell, from seeds: each request gets exactly one final while its
// client lives, never another's, no progress after it, every descriptor is closed once, and every table stays bounded.
#include "tests/unit/gate/harness.h"

#include <map>
#include <random>
#include <set>

namespace rekam::gate::testing {
namespace {

constexpr int clients = 4;

struct Asked { ///< as the broker sees it
    std::uint64_t number = 0;
    std::string id, client;
    bool hello = false, progress = false;
};

class World {
  public:
    explicit World(unsigned seed) : random(seed), gate(bounds()) { gate.open(); }

    static Bounds bounds() {
        Bounds small;
        small.open_requests = 10;
        small.finals_per_client = 5;
        small.parts_per_client = 4;
        small.unread_us = us_per_s;
        return small;
    }

    void step() {
        switch (pick(8)) {
        case 0:
        case 1: return ask();
        case 2: return reply();
        case 3: return say_progress();
        case 4: return gate_tick();
        case 5: stuck[name(pick(clients))] = true; return;
        case 6: stuck[name(pick(clients))] = false; return;
        default: return pick(20) == 0 ? vanish() : reply();
        }
    }

    /// Everybody reads again, everything is answered: then nothing may be left.
    void settle() {
        stuck.clear();
        while (!open.empty())
            reply();
        for (int i = 0; i < 4; ++i)
            gate_tick();
        EXPECT_EQ(gate.table.requests().size(), 0u);
        EXPECT_EQ(gate.table.outbox().clients(), 0u);
        EXPECT_EQ(gate.table.outbox().bytes(), 0u);
        EXPECT_TRUE(descriptors.empty()) << descriptors.size() << " descriptors leaked";
        for (const auto& [who, waiting] : expected)
            EXPECT_TRUE(waiting.empty()) << "no final for " << who;
    }

  private:
    int pick(int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); }
    static std::string name(int n) { return std::string(1, static_cast<char>('A' + n)); }
    std::string key(const std::string& who) { return who + std::to_string(lives[who]); }

    void ask() {
        const int n = pick(clients);
        const std::string who = name(n), id = std::to_string(pick(6));
        const bool known = tokens.contains(who) && pick(8) != 0;
        const bool progress = pick(2) == 0;
        const auto more = progress ? R"("progress":true,"params":{})" : R"("params":{})";
        auto message =
            from_client(known ? header("station.get", id, tokens[who], more) : hello(id), key(who), 1000 + n);
        const auto client = key(who);
        const auto before = refusals[client];
        run(message);
        for (const auto& sent : to_broker) {
            open.push_back({sent.prefix.request, id, client, !known, known && progress});
            expected[client].insert(sent.prefix.request);
        }
        if (to_broker.empty() && !stuck[who] && !dead.contains(client) && !gate.table.outbox().blocked(client)) {
            EXPECT_EQ(refusals[client], before + 1);
        }
        to_broker.clear();
    }

    void reply() {
        if (open.empty())
            return;
        const auto at = open.begin() + pick(static_cast<int>(open.size()));
        const Asked asked = *at;
        open.erase(at);
        auto message =
            from_broker(wire::Type::gate_reply, asked.number, R"({"n":)" + std::to_string(asked.number) + "}");
        const int n = asked.client[0] - 'A';
        if (asked.hello) {
            auto& token = tokens[name(n)];
            token = std::string(32, static_cast<char>('a' + n));
            message.tail = wire::encode(wire::SessionGrant{
                n + 1, token, "uid:" + std::to_string(1000 + n), {model::Role::station, model::Role::technician}});
        } else if (pick(3) == 0) {
            message.descriptors = {++last_descriptor};
            descriptors.insert(last_descriptor);
            message.tail = wire::encode(wire::Parts{{{0, 1}}});
        }
        done.push_back(asked);
        run(BrokerMessage{std::move(message)});
    }

    void say_progress() {
        auto& from = pick(4) == 0 ? done : open; // also for requests that are over
        if (from.empty())
            return;
        const auto& asked = from[static_cast<std::size_t>(pick(static_cast<int>(from.size())))];
        run(BrokerMessage{
            from_broker(wire::Type::gate_progress, asked.number, R"({"n":)" + std::to_string(asked.number) + "}")});
    }

    void gate_tick() {
        gate.now.mono_us += 20 * us_per_ms;
        run(Tick{});
    }

    void vanish() {
        const auto who = name(pick(clients));
        gone(key(who));
        ++lives[who];
    }

    void gone(const std::string& client) {
        dead.insert(client);
        expected[client].clear();
    }

    void run(Event event) {
        std::vector<Event> todo;
        todo.push_back(std::move(event));
        while (!todo.empty()) {
            Event next = std::move(todo.front());
            todo.erase(todo.begin());
            for (auto& effect : gate.step(std::move(next)))
                perform(effect, todo);
        }
        EXPECT_LE(gate.table.requests().size(), 10u);
        EXPECT_LE(gate.table.sessions().size(), 1'024u);
    }

    void perform(Effect& effect, std::vector<Event>& todo) {
        if (auto* send = std::get_if<SendClient>(&effect)) {
            deliver(*send, todo);
        } else if (auto* close = std::get_if<CloseDescriptor>(&effect)) {
            EXPECT_EQ(descriptors.erase(close->descriptor), 1u) << "closed twice";
        } else if (auto* cut = std::get_if<Disconnect>(&effect)) {
            gone(cut->client);
            ++lives[cut->client.substr(0, 1)];
        } else if (auto* up = std::get_if<SendBroker>(&effect)) {
            if (up->message.prefix.type == wire::Type::gate_request)
                to_broker.push_back(up->message);
        } else {
            EXPECT_FALSE(std::holds_alternative<Exit>(effect));
        }
    }

    void deliver(SendClient& send, std::vector<Event>& todo) {
        if (dead.contains(send.client)) {
            todo.push_back(SendRefused{std::move(send), SendRefused::Reason::unreachable});
            return;
        }
        if (stuck[send.client.substr(0, 1)] && pick(4) != 0) {
            todo.push_back(SendRefused{std::move(send), SendRefused::Reason::full});
            return;
        }
        for (const auto& part : send.parts)
            EXPECT_EQ(descriptors.erase(part.descriptor), 1u);
        if (send.request == 0) {
            ++refusals[send.client];
            return;
        }
        const auto text = "\"n\":" + std::to_string(send.request) + "}";
        EXPECT_THAT(send.header, ::testing::HasSubstr(text)) << "another request's answer";
        auto& waiting = expected[send.client];
        EXPECT_TRUE(waiting.contains(send.request)) << "not for this client, or after its final";
        if (send.kind == SendClient::Kind::final)
            waiting.erase(send.request);
    }

    std::mt19937 random;
    Gate gate;
    std::vector<Asked> open, done;
    std::vector<wire::Message> to_broker;
    std::map<std::string, std::string> tokens;
    std::map<std::string, std::set<std::uint64_t>> expected; ///< finals that a living client must still get
    std::map<std::string, bool> stuck;
    std::map<std::string, int> lives, refusals;
    std::set<std::string> dead;
    std::set<wire::Descriptor> descriptors; ///< open ones
    wire::Descriptor last_descriptor = 100;
};

TEST(Property, FinalsExactlyOnce) {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        World world(seed);
        for (int i = 0; i < 1'500 && !::testing::Test::HasFailure(); ++i)
            world.step();
        world.settle();
        if (::testing::Test::HasFailure())
            return;
    }
}

} // namespace
} // namespace rekam::gate::testing
