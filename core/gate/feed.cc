// SPDX-License-Identifier: Apache-2.0
#include "core/gate/feed.h"

#include "core/gate/reply.h"

namespace rekam::gate {
namespace {

/// A longer prefix than this cannot be one of a stream's name.
constexpr std::size_t max_stream_bytes = 512;
/// More of them than this are not named one by one: they have to fit a message, and to be cheap to compare.
constexpr std::size_t max_interests = 64;

} // namespace

void Feed::start(const wire::GateConfig& config) {
    head_ = event_head(config);
    seq_.insert(config.seq.begin(), config.seq.end());
}

std::optional<Publish> Feed::publish(const wire::EventHead& head, std::string_view data) {
    const auto known = seq_.find(head.stream);
    if (head.stream.empty() || head.stream.size() > max_stream_bytes ||
        (known == seq_.end() ? seq_.size() >= bounds_.streams : head.seq <= known->second))
        return std::nullopt;
    seq_[head.stream] = head.seq;
    changed_.insert(head.stream);
    Publish event{head.stream, head_};
    wire::append_json_string(event.json, head.stream);
    event.json += R"(,"seq":)" + std::to_string(head.seq) + R"(,"data":)";
    event.json += data;
    event.json += '}';
    return event;
}

void Feed::subscription(const Subscription& change) {
    if (change.prefix.size() > max_stream_bytes)
        return;
    if (!change.on)
        prefixes_.erase(change.prefix);
    else if (prefixes_.size() < bounds_.subscriptions)
        prefixes_.insert(change.prefix);
    else
        all_ = true;
}

bool Feed::listened(std::string_view stream) const {
    if (all_)
        return true;
    for (std::size_t length = 0; length <= stream.size(); ++length)
        if (prefixes_.contains(stream.substr(0, length)))
            return true;
    return false;
}

std::vector<std::string> Feed::interests() const {
    if (all_ || prefixes_.contains("") || prefixes_.size() > max_interests)
        return {""};
    return {prefixes_.begin(), prefixes_.end()};
}

Publish Feed::beat() {
    Publish beat{"$beat", head_ + R"("$beat","seq":{)"};
    bool first = true;
    for (const auto& [stream, seq] : seq_) {
        if (!changed_.contains(stream) && !listened(stream))
            continue;
        beat.json += first ? "" : ",";
        wire::append_json_string(beat.json, stream);
        beat.json += ':' + std::to_string(seq);
        first = false;
    }
    beat.json += "}}";
    changed_.clear();
    return beat;
}

std::string Feed::welcome() const { return "$welcome " + head_ + R"("$welcome"})"; }

} // namespace rekam::gate
