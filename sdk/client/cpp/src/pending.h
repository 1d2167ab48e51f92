// SPDX-License-Identifier: Apache-2.0 OR MIT
// A request on its way, seen from the thread that waits for it.
#pragma once

#include <boost/json/object.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sdk/client/cpp/src/channel.h"
#include "sdk/client/cpp/src/request.h"

namespace rekam {

struct Answer {
    boost::json::object result;
    std::vector<Bytes> parts;
};

class PendingCall {
  public:
    using OnProgress = std::function<void(const boost::json::object&)>;
    struct Limits {
        std::int64_t timeout_ms;
        std::int64_t deadline_ms; // of the job; 0: none
    };

    static std::shared_ptr<PendingCall> start(const std::shared_ptr<Channel>& channel, const std::string& op,
                                              boost::json::object params, boost::json::object fields, Limits limits,
                                              std::vector<Bytes> attachments = {});

    // The next word: progress, or the end. Throws Error where that is one.
    std::variant<boost::json::object, Answer> next();

    // Waits; on_progress runs here. Throws Error.
    Answer wait(const OnProgress& on_progress);
    void cancel(); // any thread; of an ended one: nothing

  private:
    struct Inbox {
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<boost::json::object> progress;
        std::optional<Outcome> outcome;
    };

    std::shared_ptr<Channel> channel_;
    std::shared_ptr<Request> request_;
    std::shared_ptr<Inbox> inbox_;
};

// Header fields of a request that starts a job.
boost::json::object job_fields(const std::string& lease, const std::string& idem, std::int64_t deadline_ms,
                               std::int64_t station_epoch);

// One request, one answer.
Answer call(const std::shared_ptr<Channel>& channel, const std::string& op, boost::json::object params,
            std::int64_t timeout_ms = 10'000, const PendingCall::OnProgress& on_progress = {});

// Where tickets are shown; empty where the station gives this client none.
std::string data_socket(const std::shared_ptr<Channel>& channel);

// All records of a list, page by page.
std::vector<boost::json::object> list_all(const std::shared_ptr<Channel>& channel, const std::string& op,
                                          const std::string& field, boost::json::object params = {});

} // namespace rekam
