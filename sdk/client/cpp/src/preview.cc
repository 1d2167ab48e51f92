// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <mutex>
#include <utility>

#include <rekam/client.h>

#include "sdk/client/cpp/src/pending.h"
#include "sdk/client/cpp/src/preview_frame.h"
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
    std::vector<std::string> tickets; // of this one, then of other viewers
    std::string socket;

    // The application's threads only.
    json::object params, fields;
    std::int64_t lasts_ms = 0;
    bool shared_memory = false; // the pictures come by ticket
    std::unique_ptr<PreviewViewer> viewer;

    void show(const json::object& record, std::vector<Bytes> parts) {
        const auto part = read::maybe_number(record, "part");
        const std::lock_guard lock(mutex);
        id = read::text(record, "preview");
        if (record.contains("tickets")) {
            tickets = read::texts(record, "tickets");
            socket = read::text(record, "socket");
        }
        if (part && *part >= 0 && static_cast<std::size_t>(*part) < parts.size()) {
            newest = preview_frame(record);
            newest->data = std::move(parts[static_cast<std::size_t>(*part)]);
        }
        changed.notify_all();
    }
    void end(Outcome how) {
        const std::lock_guard lock(mutex);
        outcome = std::move(how);
        newest.reset();
        changed.notify_all();
    }
    // Waits until `come`, without a limit where there is none; false: time is over.
    template <class Come> bool wait(std::unique_lock<std::mutex>& lock, std::optional<Milliseconds> limit, Come come) {
        if (limit)
            return changed.wait_for(lock, *limit, come);
        changed.wait(lock, come);
        return true;
    }
};

namespace {

constexpr std::int64_t longest_ms = 7 * 86'400'000LL; // it lasts as long as its lease; a request needs some end
constexpr std::int64_t grace_ms = 5'000, stop_ms = 10'000;
constexpr Milliseconds turn{200}; // how soon an end is seen that the data socket did not tell

void throw_error(const Outcome& outcome) {
    if (outcome.error)
        throw Error(*outcome.error);
}

void begin(const std::shared_ptr<Channel>& channel, const std::shared_ptr<Preview::Shared>& shared,
           json::object params) {
    auto asked = std::make_shared<Request>();
    asked->op = "preview.start";
    asked->params = std::move(params);
    asked->fields = shared->fields;
    asked->expires_at_ms = monotonic_ms() + shared->lasts_ms;
    asked->deadline_at_ms = asked->expires_at_ms;
    asked->on_progress = [shared](const json::object& record, std::vector<Bytes> parts) {
        shared->show(record, std::move(parts));
    };
    asked->on_end = [shared](Outcome outcome) { shared->end(std::move(outcome)); };
    channel->post([asked](std::int64_t at_ms, SessionCore& core) { core.submit(at_ms, asked); });
}

json::object params_of(const PreviewRequest& request) {
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
    return params;
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

std::vector<std::string> Preview::tickets(Milliseconds timeout) const {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait_for(lock, timeout, [this] { return !shared_->id.empty() || shared_->outcome; });
    if (shared_->outcome)
        throw_error(*shared_->outcome);
    if (shared_->tickets.empty())
        return {};
    return {shared_->tickets.begin() + 1, shared_->tickets.end()};
}

std::string Preview::socket() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->socket;
}

std::optional<PreviewFrame> Preview::next(std::optional<Milliseconds> timeout) {
    const std::int64_t until_ms = timeout ? monotonic_ms() + timeout->count() : 0;
    for (;;) {
        const auto left =
            timeout ? std::optional(Milliseconds(std::max<std::int64_t>(0, until_ms - monotonic_ms()))) : std::nullopt;
        if (shared_->shared_memory && !shared_->viewer)
            look(left);
        if (!shared_->viewer)
            return next_part(left);
        if (auto frame = next_shared(left ? std::min(*left, turn) : turn))
            return frame;
        {
            const std::lock_guard lock(shared_->mutex);
            if (shared_->outcome) {
                throw_error(*shared_->outcome);
                return {};
            }
        }
        if (timeout && monotonic_ms() >= until_ms)
            return {};
    }
}

std::optional<PreviewFrame> Preview::next_part(std::optional<Milliseconds> timeout) {
    std::unique_lock lock(shared_->mutex);
    if (!shared_->wait(lock, timeout, [this] { return shared_->newest || shared_->outcome; }))
        return {};
    if (shared_->outcome) {
        throw_error(*shared_->outcome);
        return {};
    }
    return std::exchange(shared_->newest, std::nullopt);
}

std::optional<PreviewFrame> Preview::next_shared(Milliseconds timeout) {
    try {
        auto frame = shared_->viewer->next(timeout);
        if (frame || !shared_->viewer->ended())
            return frame;
    } catch (const Error&) {
        // The gate has died: the preview's own request says what became of it.
    }
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait_for(lock, timeout, [this] { return shared_->outcome.has_value(); });
    return {};
}

// Shows the ticket. Where that cannot be (another user, a socket that is not here), the pictures come as parts.
void Preview::look(std::optional<Milliseconds> timeout) {
    std::unique_lock lock(shared_->mutex);
    if (!shared_->wait(lock, timeout, [this] { return !shared_->tickets.empty() || shared_->outcome; }))
        return;
    if (shared_->outcome) {
        shared_->shared_memory = false;
        return;
    }
    const auto tickets = shared_->tickets;
    const auto socket = shared_->socket;
    const auto id = shared_->id;
    lock.unlock();
    try {
        shared_->viewer = std::make_unique<PreviewViewer>(socket, tickets.front());
    } catch (const Error&) {
        if (tickets.size() > 1)
            throw; // others watch, and would lose it
        shared_->shared_memory = false;
        call(channel_, "preview.stop", {{"preview", id}}, stop_ms);
        lock.lock();
        shared_->wait(lock, Milliseconds(stop_ms), [this] { return shared_->outcome.has_value(); });
        shared_->outcome.reset();
        shared_->id.clear();
        lock.unlock();
        begin(channel_, shared_, shared_->params);
    }
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
    auto shared = std::make_shared<Preview::Shared>();
    shared->params = params_of(request);
    shared->fields = {{"lease", id_}, {"progress", true}};
    if (request.deadline.count() > 0)
        shared->fields["deadline_ms"] = request.deadline.count();
    shared->lasts_ms = request.deadline.count() > 0 ? request.deadline.count() + grace_ms : longest_ms;
    shared->shared_memory = !data_socket(channel_).empty();
    if (request.viewers > 0 && !shared->shared_memory)
        throw Error(local_error("not-covered",
                                "viewers need a station on this machine: this one is reached over tcp, or hands out no "
                                "tickets",
                                "preview.start", "caller", "after-fix"));
    json::object params = shared->params;
    if (shared->shared_memory)
        params["tickets"] = 1 + request.viewers;
    begin(channel_, shared, std::move(params));
    return {channel_, shared};
}

} // namespace rekam
