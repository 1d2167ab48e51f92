// SPDX-License-Identifier: Apache-2.0
#include "core/gate/sessions.h"

#include <algorithm>

namespace rekam::gate {

void Sessions::learn(const wire::SessionGrant& grant) {
    const auto number = static_cast<std::uint64_t>(grant.number);
    forget(number); // the broker may have given it a new token
    if (by_token_.size() >= capacity_ && !by_token_.empty()) {
        const auto oldest =
            std::ranges::min_element(by_token_, {}, [](const auto& session) { return session.second.used; });
        tokens_.erase(oldest->second.number);
        by_token_.erase(oldest);
    }
    by_token_[grant.token] = Entry{number, grant.principal, grant.roles, ++uses_};
    tokens_[number] = grant.token;
}

std::uint64_t Sessions::find(std::string_view token, std::string_view principal) {
    const auto found = by_token_.find(std::string(token));
    if (found == by_token_.end() || principal.empty() || found->second.principal != principal)
        return 0;
    found->second.used = ++uses_;
    return found->second.number;
}

bool Sessions::may(std::uint64_t number, wire::Op op) const {
    const auto token = tokens_.find(number);
    return token != tokens_.end() && wire::may(by_token_.at(token->second).roles, op);
}

void Sessions::forget(std::uint64_t number) {
    const auto found = tokens_.find(number);
    if (found == tokens_.end())
        return;
    by_token_.erase(found->second);
    tokens_.erase(found);
}

} // namespace rekam::gate
