// SPDX-License-Identifier: Apache-2.0
// Messages for clients whose queue is full. Finals wait in order and are never dropped while their client lives; of
// progress only the newest per request waits. A client that takes nothing for a while, or for which too much waits,
// is given up as a whole: the broker keeps its results.
#pragma once

#include "core/gate/bounds.h"
#include "core/gate/event.h"

#include <deque>
#include <map>
#include <optional>
#include <unordered_map>

namespace rekam::gate {

class Outbox {
  public:
    explicit Outbox(const Bounds& bounds) : bounds_(bounds) {}

    /// Whether something waits for the client: then the next message must wait behind it.
    [[nodiscard]] bool blocked(const ClientKey& client) const { return clients_.contains(client); }

    /// Keeps a message that was refused (`returned`) or that must wait. False: too much waits, give the client up.
    /// Progress that a newer one makes pointless goes to `dropped`: its parts are the caller's to close.
    [[nodiscard]] bool keep(const Now& now, SendClient message, bool returned, std::vector<SendClient>& dropped);

    /// A request got its final: what its progress would say is old.
    [[nodiscard]] std::optional<SendClient> drop_progress(const ClientKey& client, std::uint64_t request);

    /// Everything that waits, to be tried again; refused messages must come back through keep().
    std::vector<SendClient> retry(const Now& now);

    /// Clients that have taken nothing for too long.
    [[nodiscard]] std::vector<ClientKey> stale(const Now& now) const;

    /// Forgets a client; its waiting messages are the caller's now.
    std::vector<SendClient> take(const ClientKey& client);

    /// When retry() is due, never_us when nothing waits.
    [[nodiscard]] std::int64_t due_us() const { return clients_.empty() ? never_us : due_us_; }

    [[nodiscard]] std::size_t clients() const { return clients_.size(); }
    [[nodiscard]] std::size_t parts() const { return parts_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    struct Client {
        std::deque<SendClient> finals;
        std::map<std::uint64_t, SendClient> progress; ///< by request
        std::size_t parts = 0;
        std::size_t tried = 0, returned = 0; ///< at the last retry
        std::int64_t blocked_us = 0;         ///< since when nothing was taken
    };

    void count(Client& client, const SendClient& message, bool in);
    void empty(Client& client, std::vector<SendClient>& into);

    Bounds bounds_;
    std::unordered_map<ClientKey, Client> clients_;
    std::size_t parts_ = 0, bytes_ = 0;
    std::int64_t due_us_ = never_us;
};

} // namespace rekam::gate
