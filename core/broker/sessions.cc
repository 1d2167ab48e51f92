// SPDX-License-Identifier: Apache-2.0
#include "core/broker/sessions.h"

#include "core/base/digest.h"
#include "core/broker/frames.h"
#include "core/broker/jobs.h"
#include "core/broker/leases.h"
#include "core/broker/readings.h"
#include "core/broker/rights.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"
#include "core/wire/rights.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::make_error;

/// The name of what the transport proved: what idempotency keys and cases belong to.
std::string principal_name(const wire::Principal& principal) {
    if (principal.uid)
        return "uid:" + std::to_string(*principal.uid);
    return principal.key_shown ? "tcp:key" : "tcp:none";
}

void arm_idle(Step& step, SessionNo no) {
    step.s.timers.arm({Timer::Kind::session_idle, no}, step.in_ms(step.s.config.quotas.session_idle_ms));
}

bool owns_anything(const State& s, SessionNo no) {
    const auto of_it = [no = no](const auto& entry) { return entry.second.session == no; };
    return std::ranges::any_of(s.leases, of_it) || std::ranges::any_of(s.jobs, of_it);
}

void end_session(Step& step, SessionNo no) {
    State& s = step.s;
    const auto found = s.sessions.find(no);
    advance(step, "session " + std::to_string(no), found->second.state, model::SessionEvent::end);
    drop_frames_of_session(step, no);
    drop_readings_of_session(step, no);
    s.timers.disarm({Timer::Kind::session_idle, no});
    s.session_tokens.erase(found->second.token);
    s.sessions.erase(found);
}

/// A program that starts again and again, with a new session each time, must not shut the others out until its old
/// ones are idle: the one that was silent for longest gives way, if that is long and it loses nothing by it.
bool made_room(Step& step) {
    const State& s = step.s;
    SessionNo silent = 0;
    std::int64_t seen_us = step.now.mono_us - s.config.quotas.session_yield_ms * us_per_ms;
    for (const auto& [no, session] : s.sessions) {
        const bool unread =
            std::ranges::any_of(s.frames, [&](const auto& entry) { return entry.second.session == no; });
        if (session.seen_us < seen_us && !unread && !owns_anything(s, no)) {
            silent = no;
            seen_us = session.seen_us;
        }
    }
    if (silent != 0)
        end_session(step, silent);
    return silent != 0;
}

void answer(Step& step, const Asked& asked, const Session& session, bool resumed) {
    const State& s = step.s;
    wire::HelloResult result;
    result.session = session.token;
    result.resumed = resumed;
    result.station = {s.station_id, s.config.station_name, s.config.zone};
    result.station_epoch = s.station_epoch;
    result.gate_epoch = s.gate.epoch;
    result.rights = wire::operations_of(session.roles);
    result.roles = session.roles;
    result.limits = s.config.limits;
    result.sandbox = {"process", s.sandbox_missing};
    if (session.proved.uid && !s.config.endpoints.data.empty())
        result.data = s.config.endpoints.data;
    wire::Prefix prefix;
    prefix.request = asked.reply_to.request;
    prefix.incarnation = asked.reply_to.gate_epoch;
    prefix.session = session.no;
    const wire::SessionGrant grant{static_cast<std::int64_t>(session.no), session.token, session.principal,
                                   session.roles};
    step.send(s.gate.child, wire::Type::gate_reply, wire::encode(result), prefix, wire::encode(grant));
}

} // namespace

void hello(Step& step, const Asked& asked, const std::string& principal_json,
           const std::array<std::uint8_t, 16>& nonce) {
    State& s = step.s;
    const auto& params = std::get<wire::HelloParams>(asked.request.params);
    const auto principal = wire::decode<wire::Principal>(principal_json);
    if (!principal || (principal->transport != "ipc" && !principal->key_shown))
        return step.reply(asked.reply_to, make_error(Code::denied,
                                                     "this transport proved no identity; over tcp send the "
                                                     "station_key from the station's key file",
                                                     "params.station_key"));
    const std::string name = principal_name(*principal);
    const auto roles = roles_of(s.config, *principal);
    if (roles.empty())
        return step.reply(asked.reply_to, wire::denied(wire::Op::hello, name));
    if (params.resume) {
        const auto found = s.session_tokens.find(params.resume->value);
        if (found == s.session_tokens.end() || s.sessions.at(found->second).principal != name)
            return step.reply(asked.reply_to, make_error(Code::unknown_session,
                                                         "no such session of yours to resume (it ended, or "
                                                         "the station restarted); say hello without resume",
                                                         "params.resume"));
        Session& session = s.sessions.at(found->second);
        session.client = params.client;
        session.proved = *principal;
        session.roles = roles;
        if (params.operator_)
            session.operator_ = params.operator_->value;
        seen(step, session.no);
        return answer(step, asked, session, true);
    }
    if (std::ssize(s.sessions) >= s.config.limits.sessions && !made_room(step)) {
        auto error = make_error(Code::too_many,
                                "the station has no room for another session; close programs that are not needed");
        error.retry_ms = 10'000;
        return step.reply(asked.reply_to, error);
    }
    Session session;
    session.no = ++s.last_session;
    session.token = to_hex({reinterpret_cast<const char*>(nonce.data()), nonce.size()});
    session.principal = name;
    session.proved = *principal;
    session.roles = roles;
    session.client = params.client;
    if (params.operator_)
        session.operator_ = params.operator_->value;
    session.seen_us = step.now.mono_us;
    s.session_tokens[session.token] = session.no;
    const auto& kept = s.sessions.emplace(session.no, std::move(session)).first->second;
    arm_idle(step, kept.no);
    answer(step, asked, kept, false);
}

bool seen(Step& step, SessionNo no) {
    const auto found = step.s.sessions.find(no);
    if (found == step.s.sessions.end())
        return false;
    found->second.seen_us = step.now.mono_us;
    advance(step, "session " + std::to_string(no), found->second.state, model::SessionEvent::attach);
    return true;
}

void detach_all(Step& step) {
    for (auto& [no, session] : step.s.sessions)
        advance(step, "session " + std::to_string(no), session.state, model::SessionEvent::detach);
}

void session_idle(Step& step, SessionNo no) {
    State& s = step.s;
    const auto found = s.sessions.find(no);
    if (found == s.sessions.end())
        return;
    const std::int64_t idle_at = found->second.seen_us + s.config.quotas.session_idle_ms * us_per_ms;
    if (idle_at <= step.now.mono_us && !owns_anything(s, no))
        return end_session(step, no);
    s.timers.arm({Timer::Kind::session_idle, no}, std::max(idle_at, step.in_ms(1'000)));
}

} // namespace rekam::broker
