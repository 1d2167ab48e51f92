// SPDX-License-Identifier: Apache-2.0
// Which token stands for which session, learnt from the broker's answers to `hello`. The broker decides; this only
// spares it the requests of strangers. A gate that forgot one says unknown-session, and a `hello` with resume brings it
// back.
#pragma once

#include "core/wire/gate_messages.h"
#include "core/wire/rights.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace rekam::gate {

class Sessions {
  public:
    explicit Sessions(std::size_t capacity) : capacity_(capacity) {}

    /// Keeps a session; the one that was not used for longest makes room.
    void learn(const wire::SessionGrant& grant);

    /// The number of the session, 0 when the token is unknown or belongs to another principal.
    std::uint64_t find(std::string_view token, std::string_view principal);

    /// Whether its roles allow the operation.
    [[nodiscard]] bool may(std::uint64_t number, wire::Op op) const;

    /// The broker says that it does not exist any more.
    void forget(std::uint64_t number);

    [[nodiscard]] std::size_t size() const { return by_token_.size(); }

  private:
    struct Entry {
        std::uint64_t number = 0;
        std::string principal;
        std::vector<model::Role> roles;
        std::uint64_t used = 0; ///< value of uses_ at the last use
    };

    std::size_t capacity_;
    std::uint64_t uses_ = 0;
    std::unordered_map<std::string, Entry> by_token_;
    std::unordered_map<std::uint64_t, std::string> tokens_;
};

} // namespace rekam::gate
