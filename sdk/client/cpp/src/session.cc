// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/client/cpp/src/session.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "sdk/client/cpp/src/read.h"

namespace rekam {

namespace json = boost::json;

SessionCore::SessionCore(json::object hello, std::string prefix, std::string resume)
    : hello_(std::move(hello)), prefix_(std::move(prefix)), session_(std::move(resume)) {}

void SessionCore::connected(std::int64_t now_ms) {
    if (state_ == State::down)
        greet(now_ms);
}

// Everything sent and not answered may be gone; so may be what still waits in the outbox.
void SessionCore::disconnected() {
    lost_ = true;
    lose_sent();
    if (state_ != State::refused)
        state_ = State::down;
}

void SessionCore::message(std::int64_t now_ms, const json::object& header, std::vector<Bytes> parts) {
    const auto found = wire_.find(read::text(header, "id"));
    if (found == wire_.end()) {
        ++stale_;
        return;
    }
    if (read::flag(header, "more")) {
        if (found->second.role == Role::call)
            progress(found->second.request, read::object(header, "progress"), std::move(parts));
        return;
    }
    const Sent sent = found->second;
    wire_.erase(found);
    Outcome outcome{read::object(header, "result"), {}, std::move(parts)};
    if (!read::flag(header, "ok")) {
        outcome.error = read::error(read::object(header, "error"));
        outcome.error->op = sent.op;
    }
    final_came(now_ms, sent, std::move(outcome));
}

void SessionCore::final_came(std::int64_t now_ms, const Sent& sent, Outcome outcome) {
    const bool session_unknown = outcome.error && outcome.error->code == "unknown-session";
    if (session_unknown && sent.role != Role::hello && state_ == State::ready)
        greet(now_ms);
    switch (sent.role) {
    case Role::hello: hello_answered(now_ms, outcome); break;
    case Role::call: call_answered(sent.request, std::move(outcome)); break;
    case Role::ask: ask_answered(now_ms, sent.request, outcome); break;
    case Role::cancel: break; // asked is asked: the original request tells the end
    case Role::renew:
        if (outcome.error && outcome.error->code == "no-lease") {
            leases_.erase(sent.held->lease);
            sent.held->on_lost(*outcome.error);
        }
        break;
    }
}

// A beat or a welcome. Old ones may still be under way after a new hello: only newer epochs count.
void SessionCore::beat(std::int64_t now_ms, Epochs epochs) {
    beat_at_ms_ = std::max(beat_at_ms_, now_ms);
    if (state_ == State::ready && epochs > epochs_) {
        lost_ = true;
        lose_sent();
        greet(now_ms);
    }
}

void SessionCore::tick(std::int64_t now_ms) {
    if (state_ == State::greeting && now_ms >= hello_at_ms_ + hello_again_ms)
        greet(now_ms);
    if (state_ == State::ready && now_ms >= beat_at_ms_ + beat_late_ms)
        greet(now_ms);
    for (const auto& request : open())
        tick_request(now_ms, request);
    if (state_ != State::ready || !attended(now_ms))
        return;
    for (const auto& [name, held] : leases_) {
        if (now_ms >= held->due_ms)
            renew(now_ms, held);
    }
}

std::optional<std::int64_t> SessionCore::next_timer_ms(std::int64_t now_ms) const {
    std::optional<std::int64_t> first;
    const auto add = [&first](std::int64_t at_ms) { first = std::min(first.value_or(at_ms), at_ms); };
    for (const auto& request : requests_)
        add(request->wake_at_ms(state_ == State::ready));
    if (state_ == State::greeting)
        add(hello_at_ms_ + hello_again_ms);
    if (state_ == State::ready) {
        add(beat_at_ms_ + beat_late_ms);
        if (attended(now_ms)) {
            for (const auto& [name, held] : leases_)
                add(held->due_ms);
        }
    }
    return first;
}

void SessionCore::submit(std::int64_t now_ms, const RequestPtr& request) {
    touched_ms_ = now_ms;
    if (state_ == State::refused) {
        end_with(request, *refusal_);
        return;
    }
    requests_.push_back(request);
    if (state_ == State::ready)
        send(now_ms, request);
}

void SessionCore::cancel(std::int64_t now_ms, const RequestPtr& request) {
    touched_ms_ = now_ms;
    if (request->state == Request::State::ended)
        return;
    request->cancel_wanted = true;
    if (request->state == Request::State::queued && !request->was_sent) {
        end_with(request, local_error("cancelled", "cancelled before it was sent", request->op, "operator"));
    } else if (!request->job.empty()) {
        send_cancel(request);
    } else if (request->state == Request::State::sent && state_ == State::ready) {
        ask(request);
    }
}

void SessionCore::hold(std::int64_t now_ms, const std::shared_ptr<HeldLease>& held) {
    held->due_ms = now_ms + held->ttl_ms / 3;
    leases_[held->lease] = held;
}

void SessionCore::unhold(const std::string& lease) { leases_.erase(lease); }

void SessionCore::end_all(const ErrorBody& error) {
    for (const auto& request : open())
        end_with(request, error);
}

void SessionCore::post(Sent sent, json::object params, json::object fields) {
    const std::string id = prefix_ + "-" + std::to_string(++count_);
    json::object header = std::move(fields);
    header["v"] = 1;
    header["id"] = id;
    header["op"] = sent.op;
    header["params"] = std::move(params);
    if (sent.role != Role::hello)
        header["session"] = session_;
    outbox_.push_back(json::serialize(header));
    wire_.emplace(id, std::move(sent));
}

void SessionCore::greet(std::int64_t now_ms) {
    state_ = State::greeting;
    hello_at_ms_ = now_ms;
    json::object params = hello_;
    if (!session_.empty())
        params["resume"] = session_;
    post({Role::hello, nullptr, nullptr, "hello"}, std::move(params));
}

void SessionCore::send(std::int64_t now_ms, const RequestPtr& request) {
    request->state = Request::State::sent;
    request->was_sent = true;
    post({Role::call, request, nullptr, request->op}, request->params, request->fields_at(now_ms));
    if (!request->attachments.empty())
        attachments_[outbox_.back()] = request->attachments;
}

void SessionCore::ask(const RequestPtr& request) {
    post({Role::ask, request, nullptr, "job.get"}, {{"idem", request->idem}});
}

void SessionCore::send_cancel(const RequestPtr& request) {
    if (state_ != State::ready || request->cancel_sent)
        return;
    request->cancel_sent = true;
    post({Role::cancel, request, nullptr, "job.cancel"}, {{"job", request->job}});
}

void SessionCore::renew(std::int64_t now_ms, const std::shared_ptr<HeldLease>& held) {
    held->due_ms = now_ms + held->ttl_ms / 3;
    post({Role::renew, nullptr, held, "lease.renew"}, {{"lease", held->lease}, {"ttl_ms", held->ttl_ms}});
}

bool SessionCore::attended(std::int64_t now_ms) const {
    return !requests_.empty() || now_ms < touched_ms_ + unattended_ms; // a hung program must lose its leases
}

} // namespace rekam
