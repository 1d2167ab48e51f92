// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/client/cpp/src/pending.h"

#include <utility>

#include "sdk/client/cpp/src/read.h"

namespace rekam {

namespace json = boost::json;

std::shared_ptr<PendingCall> PendingCall::start(const std::shared_ptr<Channel>& channel, const std::string& op,
                                                json::object params, json::object fields, Limits limits,
                                                std::vector<Bytes> attachments) {
    auto call = std::make_shared<PendingCall>();
    auto inbox = std::make_shared<Inbox>();
    auto request = std::make_shared<Request>();
    const std::int64_t now_ms = monotonic_ms();
    request->op = op;
    request->params = std::move(params);
    request->attachments = std::move(attachments);
    request->idem = read::text(fields, "idem");
    request->fields = std::move(fields);
    request->expires_at_ms = now_ms + limits.timeout_ms;
    request->deadline_at_ms = limits.deadline_ms > 0 ? now_ms + limits.deadline_ms : request->expires_at_ms;
    request->on_progress = [inbox](const json::object& body, const std::vector<Bytes>&) {
        const std::lock_guard lock(inbox->mutex);
        inbox->progress.push_back(body);
        inbox->changed.notify_all();
    };
    request->on_end = [inbox](Outcome outcome) {
        const std::lock_guard lock(inbox->mutex);
        inbox->outcome = std::move(outcome);
        inbox->changed.notify_all();
    };
    call->channel_ = channel;
    call->request_ = request;
    call->inbox_ = inbox;
    channel->post([request](std::int64_t at_ms, SessionCore& core) { core.submit(at_ms, request); });
    return call;
}

std::variant<json::object, Answer> PendingCall::next() {
    std::unique_lock lock(inbox_->mutex);
    inbox_->changed.wait(lock, [this] { return !inbox_->progress.empty() || inbox_->outcome; });
    if (!inbox_->progress.empty()) {
        json::object body = std::move(inbox_->progress.front());
        inbox_->progress.pop_front();
        return body;
    }
    if (inbox_->outcome->error)
        throw Error(*inbox_->outcome->error);
    return Answer{std::move(inbox_->outcome->result), std::move(inbox_->outcome->parts)};
}

Answer PendingCall::wait(const OnProgress& on_progress) {
    for (;;) {
        auto word = next();
        if (auto* answer = std::get_if<Answer>(&word))
            return std::move(*answer);
        if (on_progress)
            on_progress(std::get<json::object>(word));
    }
}

void PendingCall::cancel() {
    try {
        channel_->post([request = request_](std::int64_t now_ms, SessionCore& core) { core.cancel(now_ms, request); });
    } catch (const Error&) {
        return; // the connection was closed: so has the request been ended
    }
}

json::object job_fields(const std::string& lease, const std::string& idem, std::int64_t deadline_ms,
                        std::int64_t station_epoch) {
    return {{"lease", lease},
            {"idem", idem},
            {"deadline_ms", deadline_ms},
            {"progress", true},
            {"station_epoch", station_epoch}};
}

Answer call(const std::shared_ptr<Channel>& channel, const std::string& op, json::object params,
            std::int64_t timeout_ms, const PendingCall::OnProgress& on_progress) {
    json::object fields;
    if (on_progress)
        fields["progress"] = true;
    return PendingCall::start(channel, op, std::move(params), std::move(fields), {timeout_ms, 0})->wait(on_progress);
}

std::string data_socket(const std::shared_ptr<Channel>& channel) {
    return read::text(read::parse(channel->standing().welcome).value_or(json::object()), "data");
}

std::vector<json::object> list_all(const std::shared_ptr<Channel>& channel, const std::string& op,
                                   const std::string& field, json::object params) {
    std::vector<json::object> records;
    for (;;) {
        const Answer answer = call(channel, op, params);
        for (auto& record : read::objects(answer.result, field))
            records.push_back(std::move(record));
        const std::string next = read::text(answer.result, "next");
        if (next.empty())
            return records;
        params["cursor"] = next;
    }
}

} // namespace rekam
