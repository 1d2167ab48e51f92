// SPDX-License-Identifier: Apache-2.0 OR MIT
// The half of SessionCore that deals with answers and losses.
#include <algorithm>

#include "sdk/client/cpp/src/read.h"
#include "sdk/client/cpp/src/session.h"

namespace rekam {

namespace json = boost::json;

void SessionCore::hello_answered(std::int64_t now_ms, const Outcome& outcome) {
    if (outcome.error) {
        hello_refused(now_ms, *outcome.error);
        return;
    }
    const json::object& result = outcome.result;
    if (!session_.empty() && !read::flag(result, "resumed")) {
        lose_leases("the station began a new session, leases of the old one have ended");
    }
    const Epochs epochs{read::number(result, "station_epoch"), read::number(result, "gate_epoch")};
    const bool same = epochs == epochs_ && session_ == read::text(result, "session");
    session_ = read::text(result, "session");
    epochs_ = epochs;
    welcome_ = result;
    state_ = State::ready;
    beat_at_ms_ = now_ms;
    if (!same)
        lose_sent();
    const bool lost = lost_ || !same;
    lost_ = false;
    after_hello(now_ms, lost);
}

void SessionCore::after_hello(std::int64_t now_ms, bool lost) {
    if (lost) {
        for (const auto& [name, held] : leases_)
            held->due_ms = now_ms;
    }
    for (const auto& request : open()) {
        if (request->state == Request::State::queued) {
            send(now_ms, request);
        } else if (lost || request->state == Request::State::asking) {
            recover(now_ms, request);
        } else if (request->cancel_wanted) {
            cancel(now_ms, request);
        }
    }
}

void SessionCore::hello_refused(std::int64_t now_ms, const ErrorBody& error) {
    if (error.code == "unknown-session" && !session_.empty()) {
        lose_leases("the station no longer knows this session, its leases have ended");
        session_.clear();
        greet(now_ms);
    } else if ((error.retry == "now" || error.retry == "later") && error.error_class == "system") {
        hello_at_ms_ = now_ms - hello_again_ms + error.retry_ms.value_or(500); // asked again by tick
    } else {
        state_ = State::refused;
        refusal_ = error;
        end_all(error);
    }
}

void SessionCore::call_answered(const RequestPtr& request, Outcome outcome) {
    if (outcome.error && outcome.error->code == "unknown-session" && request->may_requeue()) {
        // It was refused, so nothing has happened: it goes again after the hello.
        request->state = Request::State::queued;
        ++request->sessions_lost;
        return;
    }
    end(request, std::move(outcome));
}

void SessionCore::ask_answered(std::int64_t now_ms, const RequestPtr& request, const Outcome& outcome) {
    if (request->state == Request::State::ended)
        return;
    if (outcome.error) {
        if (outcome.error->code != "unknown-session") // else it is asked again after the hello
            ask_failed(now_ms, request, *outcome.error);
        return;
    }
    const json::object job = read::object(outcome.result, "job");
    const std::string state = read::text(job, "state");
    const bool running = state == "accepted" || state == "waiting" || state == "running" || state == "sent";
    if (running) {
        json::object body;
        for (const char* name : {"job", "state", "percent", "frames"}) {
            if (const auto* value = job.if_contains(name))
                body[name] = *value;
        }
        progress(request, body);
    }
    if (request->state == Request::State::asking || !running)
        send(now_ms, request);
}

void SessionCore::ask_failed(std::int64_t now_ms, const RequestPtr& request, const ErrorBody& error) {
    if (request->state == Request::State::sent)
        return; // never lost: its own answer may still be under way
    if (error.code != "unknown-job") {
        end_with(request, error);
    } else if (request->cancel_wanted) {
        end_with(request, local_error("cancelled", "cancelled; the station never received the request", request->op,
                                      "operator"));
    } else if (now_ms >= request->deadline_at_ms) {
        end_with(request,
                 local_error("timeout", "the deadline passed before the station received the request; nothing was done",
                             request->op, "operator"));
    } else {
        send(now_ms, request);
    }
}

void SessionCore::progress(const RequestPtr& request, const json::object& body, std::vector<Bytes> parts) {
    if (request->state == Request::State::ended)
        return;
    if (const std::string job = read::text(body, "job"); !job.empty())
        request->job = job;
    if (request->on_progress)
        request->on_progress(body, std::move(parts));
    if (request->cancel_wanted && !request->job.empty())
        send_cancel(request);
}

void SessionCore::end(const RequestPtr& request, Outcome outcome) {
    requests_.remove(request);
    if (request->state == Request::State::ended)
        return;
    request->state = Request::State::ended;
    request->on_end(std::move(outcome));
}

void SessionCore::end_with(const RequestPtr& request, ErrorBody error) {
    end(request, Outcome{{}, std::move(error), {}});
}

// Forgets every id that was on the wire. An answer that still comes is stale; recovery asks anew.
void SessionCore::lose_sent() {
    wire_.clear();
    outbox_.clear();
    attachments_.clear();
    for (const auto& request : requests_)
        request->cancel_sent = false;
}

void SessionCore::lose_leases(const std::string& why) {
    for (const auto& [name, held] : leases_) {
        held->on_lost(local_error("no-lease", why + ": acquire them again", "lease.renew", "caller", "after-fix"));
    }
    leases_.clear();
}

void SessionCore::recover(std::int64_t now_ms, const RequestPtr& request) {
    if (!request->idem.empty()) {
        request->state = Request::State::asking;
        ask(request);
    } else if (is_repeatable(request->op)) {
        send(now_ms, request);
    } else {
        end_with(request, request->no_answer("the connection was lost before its answer came"));
    }
}

void SessionCore::tick_request(std::int64_t now_ms, const RequestPtr& request) {
    if (now_ms >= request->expires_at_ms) {
        end_with(request, request->expired(state_ == State::ready));
    } else if (state_ == State::ready && request->state == Request::State::sent && !request->idem.empty() &&
               !request->late_asked && now_ms >= request->late_at_ms()) {
        request->late_asked = true; // the last chance to learn how it ended; never a second sending
        ask(request);
    }
}

} // namespace rekam
