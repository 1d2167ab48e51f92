// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <mutex>
#include <utility>

#include <rekam/client.h>

#include "sdk/client/cpp/src/pending.h"
#include "sdk/client/cpp/src/read.h"

namespace rekam {

namespace json = boost::json;

// What the I/O thread and the application share. Nothing is shown after the end.
struct Preview::Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::string id;
    std::optional<PreviewFrame> newest;
    std::optional<Outcome> outcome;
    bool stop_sent = false;

    void show(const json::object& record, std::vector<Bytes> parts) {
        const auto part = read::maybe_number(record, "part");
        const std::lock_guard lock(mutex);
        id = read::text(record, "preview");
        if (part && *part >= 0 && static_cast<std::size_t>(*part) < parts.size()) {
            newest.emplace();
            newest->seq = read::number(record, "seq");
            newest->format = read::text(record, "format");
            newest->width_px = read::number(record, "width_px");
            newest->height_px = read::number(record, "height_px");
            newest->taken_utc_us = read::number(read::object(record, "taken_at"), "utc_us");
            newest->quality = read::maybe_number(record, "quality");
            newest->guide = read::texts(record, "guide");
            newest->data = std::move(parts[static_cast<std::size_t>(*part)]);
            newest->json = json::serialize(record);
        }
        changed.notify_all();
    }
    void end(Outcome how) {
        const std::lock_guard lock(mutex);
        outcome = std::move(how);
        newest.reset();
        changed.notify_all();
    }
};

namespace {

constexpr std::int64_t longest_ms = 7 * 86'400'000LL; // it lasts as long as its lease; a request needs some end
constexpr std::int64_t grace_ms = 5'000, stop_ms = 10'000;

void throw_error(const Outcome& outcome) {
    if (outcome.error)
        throw Error(*outcome.error);
}

} // namespace

Preview::Preview(std::shared_ptr<Channel> channel, std::shared_ptr<Shared> shared)
    : channel_(std::move(channel)), shared_(std::move(shared)) {}

Preview::~Preview() {
    if (!channel_)
        return;
    try {
        stop();
    } catch (const std::exception&) {
        return; // it ends with its lease
    }
}

bool Preview::ended() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->outcome.has_value();
}

std::optional<PreviewFrame> Preview::next(std::optional<Milliseconds> timeout) {
    std::unique_lock lock(shared_->mutex);
    const auto come = [this] { return shared_->newest || shared_->outcome; };
    if (!timeout)
        shared_->changed.wait(lock, come);
    else if (!shared_->changed.wait_for(lock, *timeout, come))
        return {};
    if (shared_->outcome) {
        throw_error(*shared_->outcome);
        return {};
    }
    return std::exchange(shared_->newest, std::nullopt);
}

void Preview::stop() {
    std::string id;
    {
        std::unique_lock lock(shared_->mutex);
        shared_->changed.wait_for(lock, Milliseconds(stop_ms),
                                  [this] { return !shared_->id.empty() || shared_->outcome; });
        if (shared_->outcome || shared_->stop_sent)
            return;
        if (shared_->id.empty()) {
            throw Error(local_error("no-answer", "the station did not say that the preview began; its lease ends it",
                                    "preview.start"));
        }
        shared_->stop_sent = true;
        id = shared_->id;
    }
    try {
        call(channel_, "preview.stop", {{"preview", id}}, stop_ms);
    } catch (const Error& error) {
        if (error.code() != "unknown-job") // it has ended meanwhile: its own request tells how
            throw;
    }
}

PreviewResult Preview::result() {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait(lock, [this] { return shared_->outcome.has_value(); });
    throw_error(*shared_->outcome);
    const json::object& body = shared_->outcome->result;
    return {read::text(body, "preview"), read::text(body, "ended_by"), read::number(body, "frames"),
            json::serialize(body)};
}

Preview Lease::preview(const PreviewRequest& request) {
    json::object params{{"slot", request.slot}};
    json::array formats(request.formats.begin(), request.formats.end());
    if (!formats.empty())
        params["formats"] = std::move(formats);
    if (request.rate_hz > 0)
        params["rate_hz"] = request.rate_hz;
    if (request.width_px > 0)
        params["width_px"] = request.width_px;
    if (request.height_px > 0)
        params["height_px"] = request.height_px;
    json::object fields{{"lease", id_}, {"progress", true}};
    if (request.deadline.count() > 0)
        fields["deadline_ms"] = request.deadline.count();
    const std::int64_t now_ms = monotonic_ms();
    auto asked = std::make_shared<Request>();
    asked->op = "preview.start";
    asked->params = std::move(params);
    asked->fields = std::move(fields);
    asked->expires_at_ms = now_ms + (request.deadline.count() > 0 ? request.deadline.count() + grace_ms : longest_ms);
    asked->deadline_at_ms = asked->expires_at_ms;
    auto shared = std::make_shared<Preview::Shared>();
    asked->on_progress = [shared](const json::object& record, std::vector<Bytes> parts) {
        shared->show(record, std::move(parts));
    };
    asked->on_end = [shared](Outcome outcome) { shared->end(std::move(outcome)); };
    channel_->post([asked](std::int64_t at_ms, SessionCore& core) { core.submit(at_ms, asked); });
    return {channel_, shared};
}

} // namespace rekam
