// SPDX-License-Identifier: Apache-2.0
#include "core/broker/rights.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Role;

bool lists(const std::vector<std::int64_t>& numbers, const std::optional<std::int64_t>& number) {
    return number && std::ranges::find(numbers, *number) != numbers.end();
}

} // namespace

std::vector<Role> roles_of(const Config& config, const wire::Principal& principal) {
    const bool local = principal.transport == "ipc";
    if (!config.rights || (local && lists(config.rights->owners, principal.uid)))
        return {Role::station, Role::technician, Role::supervisor};
    if (!local)
        return {Role::station};
    std::vector<Role> roles;
    for (const auto& [role, members] : config.rights->members)
        if (lists(members.uids, principal.uid) || lists(members.gids, principal.gid))
            roles.push_back(role);
    if (!roles.empty() && roles.front() != Role::station) // who mends or supervises looks at the station, too
        roles.insert(roles.begin(), Role::station);
    return roles;
}

} // namespace rekam::broker
