// SPDX-License-Identifier: Apache-2.0 OR MIT
// The event stream as it is read: subscribe, take the snapshot, drop what is older, mend the gaps.
#pragma once

#include <boost/json/object.hpp>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sdk/client/cpp/src/channel.h"
#include "sdk/client/cpp/src/follower.h"

namespace rekam {

class EventReader {
  public:
    static std::shared_ptr<EventReader> open(const std::shared_ptr<Channel>& channel, std::vector<std::string> streams);
    EventReader(std::shared_ptr<Channel> channel, std::vector<std::string> streams);
    ~EventReader();
    EventReader(const EventReader&) = delete;
    EventReader& operator=(const EventReader&) = delete;

    std::optional<Event> next(std::optional<std::int64_t> timeout_ms);
    void close();

  private:
    // Filled by the I/O thread; it knows nothing of the reader, so that the reader may end at any time.
    struct Queue {
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<std::pair<std::string, boost::json::object>> arrived;
        bool overflow = false;
        bool closed = false;
    };

    bool closed() const;
    bool take(std::optional<std::int64_t> timeout_ms);
    void add(std::optional<Event> event);
    void fetch_missing();
    void fetch(const std::string& selector, const std::string& kind);

    std::shared_ptr<Channel> channel_;
    std::shared_ptr<Queue> queue_;
    Follower follower_;
    std::deque<Event> ready_;
    bool first_ = true;
    int id_;
};

} // namespace rekam
