// SPDX-License-Identifier: Apache-2.0
// Requests that the broker has not answered yet. The gate's own number is all that crosses to the broker, so neither a
// client's id nor its routing id can make one client's answer another's.
#pragma once

#include "core/gate/event.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace rekam::gate {

struct OpenRequest {
    ClientKey client;
    std::uint64_t connection = 0;
    std::uint64_t session = 0; ///< 0: a hello
    std::string id;            ///< the client's
    std::string principal;
    bool delimiter = false;
    bool progress = false;
};

class Requests {
  public:
    /// The number of the new request: never used before in this incarnation, never 0.
    std::uint64_t open(OpenRequest request);

    [[nodiscard]] const OpenRequest* find(std::uint64_t number) const;

    /// Takes the request out; empty when it is not open.
    std::optional<OpenRequest> close(std::uint64_t number);

    /// Drops all requests of a connection that has ended; their numbers.
    std::vector<std::uint64_t> close_all(const ClientKey& client);

    /// Whether this client has a request with this id open in this session.
    [[nodiscard]] bool has(const ClientKey& client, std::uint64_t session, const std::string& id) const;

    [[nodiscard]] std::size_t size() const { return open_.size(); }
    [[nodiscard]] std::size_t of_session(std::uint64_t session) const;
    [[nodiscard]] std::size_t hellos_of(const ClientKey& client) const;

  private:
    struct Client {
        std::unordered_set<std::uint64_t> numbers;
        std::size_t hellos = 0;
    };

    std::uint64_t last_ = 0;
    std::unordered_map<std::uint64_t, OpenRequest> open_;
    std::unordered_map<ClientKey, Client> clients_;
    std::unordered_map<std::uint64_t, std::size_t> sessions_;
    std::unordered_set<std::string> ids_; ///< of client, session and id together
};

} // namespace rekam::gate
