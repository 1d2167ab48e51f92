// SPDX-License-Identifier: Apache-2.0
// The shorter lives: session, lease, case, slot.
//
//   session:  attached ──detach (the gate died)──▶ detached ──attach (any message)──▶ attached;   both ──end──▶ ended
//   lease:    waiting ──grant──▶ held ──end (released, expired, case closed, session ended)──▶ ended;  waiting ──end──▶
//   ended case:     open ──close──▶ closing (its jobs end first) ──closed──▶ closed slot:     unbound ◀──unbind /
//   bind──▶ bound;  a hold is beside it: administrative, not operating
#pragma once

#include "core/model/names.h"

#include <cstdint>
#include <optional>

namespace rekam::model {

enum class SessionState : std::uint8_t { attached, detached, ended };
template <> struct Names<SessionState> {
    static constexpr std::array<std::string_view, 3> values{"attached", "detached", "ended"};
};
enum class SessionEvent : std::uint8_t { attach, detach, end };
template <> struct Names<SessionEvent> {
    static constexpr std::array<std::string_view, 3> values{"attach", "detach", "end"};
};
std::optional<SessionState> next(SessionState state, SessionEvent event);

enum class LeaseState : std::uint8_t { waiting, held, ended };
template <> struct Names<LeaseState> {
    static constexpr std::array<std::string_view, 3> values{"waiting", "held", "ended"};
};
enum class LeaseEvent : std::uint8_t { grant, renew, end };
template <> struct Names<LeaseEvent> {
    static constexpr std::array<std::string_view, 3> values{"grant", "renew", "end"};
};
std::optional<LeaseState> next(LeaseState state, LeaseEvent event);

enum class CasePhase : std::uint8_t { open, closing, closed };
template <> struct Names<CasePhase> {
    static constexpr std::array<std::string_view, 3> values{"open", "closing", "closed"};
};
enum class CaseEvent : std::uint8_t { close, closed };
template <> struct Names<CaseEvent> { static constexpr std::array<std::string_view, 2> values{"close", "closed"}; };
std::optional<CasePhase> next(CasePhase phase, CaseEvent event);

enum class SlotState : std::uint8_t { unbound, bound };
template <> struct Names<SlotState> { static constexpr std::array<std::string_view, 2> values{"unbound", "bound"}; };
enum class SlotEvent : std::uint8_t { bind, unbind };
template <> struct Names<SlotEvent> { static constexpr std::array<std::string_view, 2> values{"bind", "unbind"}; };
std::optional<SlotState> next(SlotState state, SlotEvent event);

} // namespace rekam::model
