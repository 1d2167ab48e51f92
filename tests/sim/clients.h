// SPDX-License-Identifier: Apache-2.0
// All clients, and the connections between them and whatever gate there is.
#pragma once

#include "tests/sim/client.h"
#include "tests/sim/station.h"
#include "tests/sim/viewer.h"

namespace rekam::sim {

class Clients final : public Far, public Client::Port, public Viewer::Port {
  public:
    Clients(World& world, Truth& truth) : world_(world), truth_(truth) {}
    void connect(Station& station) { station_ = &station; }

    Client& add(bool req);
    /// Each of them acts again and again from now on, until rest() is called.
    void start();
    void rest() { resting_ = true; }

    Took take(const gate::SendClient& message, const std::vector<File>& parts) override;
    void disconnected(const gate::ClientKey& client) override;
    void send(Client& client, gate::ClientMessage message) override;

    void show(Client& client, const Request& request, const std::string& ticket) override;
    bool hand_over(gate::DataKey connection, const std::string& text, const std::vector<File>& files) override;
    void cut(gate::DataKey connection) override { viewers_.erase(connection); }
    void say(gate::DataKey viewer, std::string text) override;
    void hang_up(gate::DataKey viewer) override;

    /// Gates that have ended owe nothing any more.
    void forget_dead_gates();
    [[nodiscard]] std::vector<std::unique_ptr<Client>>& all() { return clients_; }

  private:
    void act(Client& client);
    void arrive(Client& client, const gate::ClientKey& key, gate::ClientMessage message, int tries);
    Client* find(const gate::ClientKey& key);
    /// The gate that the viewer is connected to; null, and no viewer any more, when that is gone.
    GateProcess* gate_of(gate::DataKey viewer);

    World& world_;
    Truth& truth_;
    Station* station_ = nullptr;
    std::vector<std::unique_ptr<Client>> clients_;
    std::map<gate::ClientKey, std::int64_t> in_us_, out_us_; ///< FIFO per connection and direction
    std::map<gate::DataKey, std::unique_ptr<Viewer>> viewers_;
    gate::DataKey last_viewer_ = 0;
    bool resting_ = false;
};

} // namespace rekam::sim
