// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/client/cpp/src/events.h"

#include <boost/json/serialize.hpp>
#include <chrono>

#include "sdk/client/cpp/src/pending.h"
#include "sdk/client/cpp/src/read.h"

namespace rekam {
namespace {

constexpr std::size_t queue_max = 4096; // more than this unread: the rest is dropped, and everything is fetched anew

struct Listing {
    std::string op;
    std::string field;
};

// How the records behind a selector are listed; the stream's first word is also the field that names the record.
std::optional<Listing> listing_of(const std::string& word) {
    if (word != "slot" && word != "device" && word != "plugin")
        return {};
    return Listing{word + ".list", word + "s"};
}

} // namespace

std::shared_ptr<EventReader> EventReader::open(const std::shared_ptr<Channel>& channel,
                                               std::vector<std::string> streams) {
    if (streams.empty())
        streams = {"station", "slot.", "device.", "plugin."};
    return std::make_shared<EventReader>(channel, std::move(streams));
}

EventReader::EventReader(std::shared_ptr<Channel> channel, std::vector<std::string> streams)
    : channel_(std::move(channel)), queue_(std::make_shared<Queue>()),
      follower_(std::move(streams), channel_->standing().epochs),
      id_(channel_->follow(follower_.selectors(),
                           [queue = queue_](const std::string& stream, const boost::json::object& header) {
                               const std::lock_guard lock(queue->mutex);
                               if (stream == "$closed") {
                                   queue->closed = true;
                               } else if (queue->arrived.size() >= queue_max) {
                                   queue->overflow = true;
                               } else {
                                   queue->arrived.emplace_back(stream, header);
                               }
                               queue->changed.notify_all();
                           })) {}

EventReader::~EventReader() { close(); }

void EventReader::close() {
    {
        const std::lock_guard lock(queue_->mutex);
        if (queue_->closed)
            return;
        queue_->closed = true;
        queue_->changed.notify_all();
    }
    try {
        channel_->unfollow(id_);
    } catch (const Error&) {
        return; // the station was closed before
    }
}

bool EventReader::closed() const {
    const std::lock_guard lock(queue_->mutex);
    return queue_->closed;
}

std::optional<Event> EventReader::next(std::optional<std::int64_t> timeout_ms) {
    while (ready_.empty()) {
        if (closed())
            return {};
        if (!follower_.missing().empty()) {
            fetch_missing();
        } else if (!take(timeout_ms)) {
            return {};
        }
    }
    Event event = std::move(ready_.front());
    ready_.pop_front();
    return event;
}

bool EventReader::take(std::optional<std::int64_t> timeout_ms) {
    std::deque<std::pair<std::string, boost::json::object>> taken;
    {
        std::unique_lock lock(queue_->mutex);
        const auto news = [this] { return !queue_->arrived.empty() || queue_->overflow || queue_->closed; };
        if (!timeout_ms) {
            queue_->changed.wait(lock, news);
        } else if (!queue_->changed.wait_for(lock, std::chrono::milliseconds(*timeout_ms), news)) {
            return false;
        }
        taken.swap(queue_->arrived);
        if (std::exchange(queue_->overflow, false))
            follower_.restart();
    }
    for (const auto& [stream, header] : taken)
        add(follower_.header(stream, header));
    return true;
}

void EventReader::add(std::optional<Event> event) {
    if (event)
        ready_.push_back(std::move(*event));
}

void EventReader::fetch_missing() {
    const std::string kind = first_ ? "snapshot" : "refresh";
    while (!follower_.missing().empty()) {
        const std::string selector = *follower_.missing().begin();
        follower_.missing().erase(selector);
        try {
            fetch(selector, kind);
        } catch (const Error&) {
            follower_.missing().insert(selector); // the caller hears of it, the next call tries again
            throw;
        }
    }
    first_ = false;
}

void EventReader::fetch(const std::string& selector, const std::string& kind) {
    if (selector == "station") {
        const auto record = call(channel_, "station.get", {}).result;
        add(follower_.record(selector, read::number(record, "seq"), boost::json::serialize(record), kind));
        return;
    }
    const std::string word = selector.substr(0, selector.find('.'));
    const auto listing = listing_of(word);
    if (!listing)
        return;
    std::set<std::string> listed;
    for (const auto& record : list_all(channel_, listing->op, listing->field)) {
        const std::string stream = word + "." + read::text(record, word);
        if (!covers(selector, stream))
            continue;
        listed.insert(stream);
        add(follower_.record(stream, read::number(record, "seq"), boost::json::serialize(record), kind));
    }
    for (auto& event : follower_.gone(selector, listed))
        ready_.push_back(std::move(event));
}

std::optional<Event> Events::next(std::optional<Milliseconds> timeout) {
    return reader_->next(timeout ? std::optional<std::int64_t>(timeout->count()) : std::nullopt);
}

void Events::close() { reader_->close(); }

} // namespace rekam
