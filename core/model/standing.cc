// SPDX-License-Identifier: Apache-2.0
#include "core/model/standing.h"

#include "core/model/machine.h"

namespace rekam::model {

std::optional<SessionState> next(SessionState state, SessionEvent event) {
    using S = SessionState;
    using E = SessionEvent;
    static constexpr Machine<S, E, 3, 3> machine{
        {S::attached, E::attach, S::attached}, {S::attached, E::detach, S::detached}, {S::attached, E::end, S::ended},
        {S::detached, E::attach, S::attached}, {S::detached, E::detach, S::detached}, {S::detached, E::end, S::ended},
    };
    return machine.next(state, event);
}

std::optional<LeaseState> next(LeaseState state, LeaseEvent event) {
    using S = LeaseState;
    using E = LeaseEvent;
    static constexpr Machine<S, E, 3, 3> machine{
        {S::waiting, E::grant, S::held},
        {S::waiting, E::end, S::ended},
        {S::held, E::renew, S::held},
        {S::held, E::end, S::ended},
    };
    return machine.next(state, event);
}

std::optional<CasePhase> next(CasePhase phase, CaseEvent event) {
    using S = CasePhase;
    using E = CaseEvent;
    static constexpr Machine<S, E, 3, 2> machine{
        {S::open, E::close, S::closing},
        {S::closing, E::closed, S::closed},
    };
    return machine.next(phase, event);
}

std::optional<SlotState> next(SlotState state, SlotEvent event) {
    using S = SlotState;
    using E = SlotEvent;
    static constexpr Machine<S, E, 2, 2> machine{
        {S::unbound, E::bind, S::bound},
        {S::bound, E::bind, S::bound},
        {S::bound, E::unbind, S::unbound},
    };
    return machine.next(state, event);
}

} // namespace rekam::model
