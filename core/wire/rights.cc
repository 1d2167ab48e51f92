// SPDX-License-Identifier: Apache-2.0
#include "core/wire/rights.h"

#include "core/wire/request.h"

#include <algorithm>

namespace rekam::wire {

using model::Role;

// Without a default: the compiler asks whoever adds an operation for its role.
Role role_of(Op op) {
    switch (op) {
    case Op::hello:
    case Op::schema_get:
    case Op::station_get:
    case Op::slot_list:
    case Op::slot_get:
    case Op::device_list:
    case Op::device_get:
    case Op::device_statistics:
    case Op::plugin_list:
    case Op::lease_acquire:
    case Op::lease_renew:
    case Op::lease_release:
    case Op::lease_list:
    case Op::case_open:
    case Op::case_close:
    case Op::case_get:
    case Op::case_list:
    case Op::capture_start:
    case Op::print_start:
    case Op::card_open:
    case Op::card_transmit:
    case Op::card_close:
    case Op::frame_get:
    case Op::frame_release:
    case Op::preview_start:
    case Op::preview_stop:
    case Op::job_get:
    case Op::job_list:
    case Op::job_cancel:
    case Op::job_extend:
    case Op::health_check:
    case Op::cards_get:
    case Op::device_doctor: return Role::station;
    case Op::slot_bind:
    case Op::slot_hold:
    case Op::slot_release:
    case Op::slot_replace:
    case Op::slot_reset:
    case Op::slot_identify:
    case Op::plugin_reload:
    case Op::plugin_clear_quarantine:
    case Op::mock_set:
    case Op::mock_clear:
    case Op::mock_get: return Role::technician;
    case Op::station_drain:
    case Op::cards_load:
    case Op::cards_count:
    case Op::cards_spoil:
    case Op::job_reconcile:
    case Op::journal_query:
    case Op::journal_verify:
    case Op::journal_head:
    case Op::journal_erase:
    case Op::report_daily: return Role::supervisor;
    }
    return Role::supervisor;
}

bool may(const std::vector<Role>& roles, Op op) {
    const Role needed = role_of(op);
    return needed == Role::station ? !roles.empty() : std::ranges::find(roles, needed) != roles.end();
}

std::vector<std::string> operations_of(const std::vector<Role>& roles) {
    const auto& names = model::Names<Op>::values;
    std::vector<std::string> allowed;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (may(roles, static_cast<Op>(i)))
            allowed.emplace_back(names[i]);
    return allowed;
}

model::Error denied(Op op, const std::string& principal) {
    const std::string role(model::name(role_of(op)));
    const std::string what = std::string(model::name(op)) + " needs the right " + role + ", which " + principal;
    if (principal.starts_with("tcp:"))
        return model::make_error(model::Code::denied,
                                 what +
                                     " does not have: the station's key gives the right station only; connect by "
                                     "ipc as a user who is listed under " +
                                     role + " in [rights] of rekamd.toml",
                                 "op");
    return model::make_error(model::Code::denied,
                             what + " does not have: list the user under " + role +
                                 " in [rights] of rekamd.toml, then say hello again",
                             "op");
}

} // namespace rekam::wire
