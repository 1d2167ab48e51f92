// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/client/cpp/src/follower.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "sdk/client/cpp/src/read.h"

namespace rekam {

bool covers(const std::string& selector, const std::string& stream) {
    return stream == selector || (selector.ends_with('.') && stream.starts_with(selector));
}

Follower::Follower(std::vector<std::string> selectors, Epochs epochs)
    : selectors_(std::move(selectors)), epochs_(epochs), missing_(selectors_.begin(), selectors_.end()) {}

bool Follower::wants(const std::string& stream) const {
    return std::any_of(selectors_.begin(), selectors_.end(), [&](const auto& one) { return covers(one, stream); });
}

void Follower::restart() { missing_ = {selectors_.begin(), selectors_.end()}; }

std::optional<Event> Follower::header(const std::string& stream, const boost::json::object& header) {
    const Epochs epochs{read::number(header, "station_epoch"), read::number(header, "gate_epoch")};
    if (epochs < epochs_)
        return {};
    if (epochs > epochs_) {
        restart();
        if (epochs.first != epochs_.first)
            known_.clear(); // a new broker counts anew
        epochs_ = epochs;
    }
    if (stream == "$beat")
        beat(read::object(header, "seq"));
    if (stream.starts_with('$') || !wants(stream))
        return {};
    return change(stream, header);
}

std::optional<Event> Follower::record(const std::string& stream, std::int64_t seq, std::string data,
                                      const std::string& kind) {
    const auto old = known_.find(stream);
    if (old != known_.end() && seq <= old->second)
        return {};
    known_[stream] = seq;
    return Event{stream, kind, seq, std::move(data)};
}

std::vector<Event> Follower::gone(const std::string& selector, const std::set<std::string>& listed) {
    std::vector<Event> events;
    for (auto entry = known_.begin(); entry != known_.end();) {
        if (covers(selector, entry->first) && !listed.contains(entry->first)) {
            events.push_back({entry->first, "gone", entry->second, "{}"});
            entry = known_.erase(entry);
        } else {
            ++entry;
        }
    }
    return events;
}

void Follower::beat(const boost::json::object& seqs) {
    for (const auto& [key, value] : seqs) {
        const std::string stream(key);
        if (!wants(stream) || !value.is_int64())
            continue;
        const auto old = known_.find(stream);
        if (old == known_.end() || value.get_int64() > old->second)
            missing_.insert(stream);
    }
}

std::optional<Event> Follower::change(const std::string& stream, const boost::json::object& header) {
    const std::int64_t seq = read::number(header, "seq");
    const auto old = known_.find(stream);
    if (old != known_.end() && seq <= old->second)
        return {};
    if (old != known_.end() && seq > old->second + 1) {
        missing_.insert(stream);
        return {};
    }
    known_[stream] = seq;
    return Event{stream, "change", seq, boost::json::serialize(read::object(header, "data"))};
}

} // namespace rekam
