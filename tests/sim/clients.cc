// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/clients.h"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace rekam::sim {
namespace {

constexpr std::size_t high_water = 6; // messages that a client's socket takes without being read

std::string id_of(const std::string& header) {
    const auto from = header.find(R"("id":")");
    return from == std::string::npos ? std::string() : header.substr(from + 6, header.find('"', from + 6) - from - 6);
}

} // namespace

Client& Clients::add(bool req) {
    clients_.push_back(std::make_unique<Client>(world_, truth_, *this, static_cast<int>(clients_.size()), req));
    return *clients_.back();
}

void Clients::start() {
    resting_ = false;
    for (auto& client : clients_)
        act(*client);
}

void Clients::act(Client& client) {
    world_.schedule.after(world_.random.between(5'000, 250'000), [this, &client] {
        if (resting_)
            return false;
        if (client.paused_until_us <= world_.schedule.now_us())
            client.act();
        act(client);
        return true;
    });
}

Client* Clients::find(const gate::ClientKey& key) {
    const auto found = std::ranges::find_if(clients_, [&](const auto& client) { return client->key() == key; });
    return found == clients_.end() ? nullptr : found->get();
}

void Clients::send(Client& client, gate::ClientMessage message) {
    const auto key = client.key();
    message.client = key;
    message.connection = 1;
    auto& at = in_us_[key] = std::max(in_us_[key], world_.schedule.now_us() + world_.delay_us());
    auto kept = std::make_shared<gate::ClientMessage>(std::move(message));
    world_.schedule.at(at, [this, &client, key, kept] {
        arrive(client, key, std::move(*kept), 0);
        return true;
    });
}

/// ZeroMQ keeps what it could not send for a while: a new gate may get what was meant for the old one.
void Clients::arrive(Client& client, const gate::ClientKey& key, gate::ClientMessage message, int tries) {
    if (client.key() != key)
        return;
    GateProcess* gate = station_->gate();
    if (gate) {
        world_.say(client.name(), "asks " + message.header);
        client.taken(id_of(message.header), gate->owner());
        return gate->from_client(std::move(message));
    }
    if (tries >= 5)
        return;
    auto kept = std::make_shared<gate::ClientMessage>(std::move(message));
    world_.schedule.after(200'000, [this, &client, key, kept, tries] {
        arrive(client, key, std::move(*kept), tries + 1);
        return true;
    });
}

Far::Took Clients::take(const gate::SendClient& message, const std::vector<File>& parts) {
    Client* client = find(message.client);
    if (!client)
        return Took::unreachable;
    if (client->unread >= high_water)
        return Took::full;
    ++client->unread;
    auto& at = out_us_[message.client] =
        std::max({out_us_[message.client], world_.schedule.now_us() + world_.delay_us(), client->paused_until_us});
    world_.schedule.at(at, [this, client, key = message.client, message, parts] {
        if (client->key() != key)
            return true; // lost with the connection
        --client->unread;
        world_.say(client->name(), "gets " + message.header);
        client->receive(message, parts);
        return true;
    });
    return Took::yes;
}

void Clients::disconnected(const gate::ClientKey& key) {
    if (Client* client = find(key))
        client->reconnect();
}

void Clients::show(Client& client, const Request& request, const std::string& ticket) {
    const auto uid = world_.fault(20) ? 4711 : client.uid(); // somebody else has seen the ticket
    const auto key = ++last_viewer_;
    viewers_[key] = std::make_unique<Viewer>(world_, truth_, *this, key, request, ticket);
    viewers_[key]->foreign = uid != client.uid();
    if (GateProcess* gate = station_->gate())
        viewers_[key]->gate = gate->owner();
    world_.schedule.after(world_.delay_us(), [this, key, uid] {
        if (GateProcess* gate = gate_of(key)) {
            gate->from_data_socket(gate::DataConnected{key, uid});
            if (const auto viewer = viewers_.find(key); viewer != viewers_.end())
                viewer->second->connected();
        }
        return true;
    });
}

GateProcess* Clients::gate_of(gate::DataKey viewer) {
    const auto found = viewers_.find(viewer);
    if (found == viewers_.end())
        return nullptr;
    GateProcess* gate = station_->gate();
    if (gate && gate->owner() == found->second->gate)
        return gate;
    viewers_.erase(found);
    return nullptr;
}

bool Clients::hand_over(gate::DataKey connection, const std::string& text, const std::vector<File>& files) {
    const auto found = viewers_.find(connection);
    if (found == viewers_.end())
        return false;
    auto& at = found->second->heard_us =
        std::max(found->second->heard_us, world_.schedule.now_us() + world_.delay_us());
    world_.schedule.at(at, [this, connection, text, files] {
        if (const auto viewer = viewers_.find(connection); viewer != viewers_.end()) {
            world_.say("viewer " + std::to_string(connection), "gets " + text);
            viewer->second->hears(text, files);
        }
        return true;
    });
    return true;
}

void Clients::say(gate::DataKey viewer, std::string text) {
    const auto found = viewers_.find(viewer);
    if (found == viewers_.end())
        return;
    auto& at = found->second->said_us = std::max(found->second->said_us, world_.schedule.now_us() + world_.delay_us());
    world_.schedule.at(at, [this, viewer, text = std::move(text)] {
        if (GateProcess* gate = gate_of(viewer)) {
            world_.say("viewer " + std::to_string(viewer), "says " + text);
            gate->from_data_socket(gate::DataMessage{viewer, text});
        }
        return true;
    });
}

void Clients::hang_up(gate::DataKey viewer) {
    GateProcess* gate = gate_of(viewer);
    viewers_.erase(viewer);
    if (gate)
        gate->from_data_socket(gate::DataClosed{viewer});
}

void Clients::forget_dead_gates() {
    GateProcess* gate = station_->gate();
    for (auto& client : clients_)
        for (const auto* request : client->owed())
            if (!gate || request->gate != gate->owner()) {
                client->forget_gate(request->gate);
                break;
            }
}

} // namespace rekam::sim
