// SPDX-License-Identifier: Apache-2.0
// All clients, and the connections between them and whatever gate there is.
#pragma once

#include "tests/sim/client.h"
#include "tests/sim/station.h"

namespace rekam::sim {

class Clients final : public Far, public Client::Port {
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

    /// Gates that have ended owe nothing any more.
    void forget_dead_gates();
    [[nodiscard]] std::vector<std::unique_ptr<Client>>& all() { return clients_; }

  private:
    void act(Client& client);
    void arrive(Client& client, const gate::ClientKey& key, gate::ClientMessage message, int tries);
    Client* find(const gate::ClientKey& key);

    World& world_;
    Truth& truth_;
    Station* station_ = nullptr;
    std::vector<std::unique_ptr<Client>> clients_;
    std::map<gate::ClientKey, std::int64_t> in_us_, out_us_; ///< FIFO per connection and direction
    bool resting_ = false;
};

} // namespace rekam::sim
