// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include <rekam/client.h>

#include "sdk/client/cpp/src/lease_state.h"
#include "sdk/client/cpp/src/pending.h"
#include "sdk/client/cpp/src/read.h"

namespace rekam {

namespace json = boost::json;

namespace {

constexpr std::int64_t grace_ms = 5000; // an interrupted device has two seconds to return; then the answer comes

CaptureResult read_result(Answer answer, const std::shared_ptr<Channel>& channel) {
    CaptureResult result;
    result.job = read::text(answer.result, "job");
    result.case_id = read::text(answer.result, "case");
    result.attempt = read::number(answer.result, "attempt");
    for (const auto& frame : read::objects(answer.result, "frames")) {
        std::optional<Bytes> data;
        if (const auto part = read::maybe_number(frame, "part")) {
            const auto index = static_cast<std::size_t>(*part);
            if (index >= answer.parts.size()) {
                throw Error(local_error("bad-frame", "a frame's bytes did not come with the answer; capture again",
                                        "capture.start", "vendor", "now"));
            }
            data = std::move(answer.parts[index]);
        }
        result.frames.emplace_back(read::frame(frame), channel, std::move(data));
    }
    result.fingers = read::fingers(answer.result);
    result.excepted = read::excepted(answer.result);
    result.readings = read::readings(answer.result);
    result.json = json::serialize(answer.result);
    return result;
}

} // namespace

std::string Progress::text() const {
    std::string line = job.empty() ? state : job + " " + state;
    if (percent)
        line += " " + std::to_string(*percent) + " %";
    if (position)
        line += " position " + std::to_string(*position);
    for (const auto& frame : frames) {
        line += " page " + std::to_string(frame.record().page.value_or(frame.record().index));
    }
    for (const auto& word : guide)
        line += " " + word;
    return line;
}

Capture::Capture(std::shared_ptr<PendingCall> call, std::shared_ptr<Channel> channel, std::string idem)
    : call_(std::move(call)), channel_(std::move(channel)), idem_(std::move(idem)) {}

void Capture::cancel() { call_->cancel(); }

CaptureResult Capture::result(const std::function<void(const Progress&)>& on_progress) {
    try {
        Answer answer = call_->wait([&](const json::object& body) {
            if (!on_progress)
                return;
            Progress progress = read::progress(body, channel_);
            progress.cancel = [call = call_] { call->cancel(); };
            on_progress(progress);
        });
        return read_result(std::move(answer), channel_);
    } catch (...) {
        call_->cancel(); // of an ended one: nothing
        throw;
    }
}

Lease::Lease(std::shared_ptr<Channel> channel, std::string id, std::int64_t ttl_ms, std::int64_t station_epoch)
    : channel_(std::move(channel)), held_(std::make_shared<LeaseState>()), id_(std::move(id)),
      station_epoch_(station_epoch) {
    auto held = std::make_shared<HeldLease>();
    held->lease = id_;
    held->ttl_ms = ttl_ms;
    held->on_lost = [state = held_](const ErrorBody& error) { state->lose(error); };
    channel_->post([held](std::int64_t now_ms, SessionCore& core) { core.hold(now_ms, held); });
}

Lease::~Lease() {
    if (!channel_)
        return;
    try {
        release();
    } catch (const std::exception&) {
        return; // it ends by its own time
    }
}

std::optional<ErrorBody> Lease::error() const { return held_->error(); }

Capture Lease::start(const CaptureRequest& request) {
    json::object params = read::to_params(request.parameters);
    params["slot"] = request.slot;
    params["subject"] = request.subject;
    const std::string idem = request.idem.empty() ? random_hex(16) : request.idem;
    const std::int64_t deadline_ms = request.deadline.count();
    return Capture(PendingCall::start(channel_, "capture.start", std::move(params),
                                      job_fields(id_, idem, deadline_ms, station_epoch_),
                                      {deadline_ms + grace_ms, deadline_ms}),
                   channel_, idem);
}

CaptureResult Lease::capture(const CaptureRequest& request, const std::function<void(const Progress&)>& on_progress) {
    return start(request).result(on_progress);
}

void Lease::release() {
    const auto channel = std::exchange(channel_, nullptr);
    if (!channel)
        return;
    channel->post([id = id_](std::int64_t, SessionCore& core) { core.unhold(id); });
    call(channel, "lease.release", {{"lease", id_}});
}

} // namespace rekam
