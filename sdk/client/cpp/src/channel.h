// SPDX-License-Identifier: Apache-2.0 OR MIT
// The shell around SessionCore: one thread that owns the sockets. Everything else talks to it by `post`.
#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "sdk/client/cpp/src/endpoints.h"
#include "sdk/client/cpp/src/session.h"

namespace rekam {

class Channel {
  public:
    using Task = std::function<void(std::int64_t now_ms, SessionCore& core)>;
    // Gets events, beats and welcomes on the I/O thread; "$closed" at the end.
    using Follow = std::function<void(const std::string& stream, const boost::json::object& header)>;

    struct Standing {
        std::string session;
        SessionCore::Epochs epochs{0, 0};
        std::string welcome;
    };

    Channel(const Endpoints& endpoints, boost::json::object hello, const std::string& resume);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    // Any thread. Throws Error no-answer when the channel was closed.
    void post(Task task);
    // True when the session stands; false when time is over. Throws what the station refused with.
    bool wait_settled(std::int64_t timeout_ms);
    Standing standing() const;
    int follow(std::vector<std::string> prefixes, Follow follow);
    void unfollow(int follower);
    // Ends the thread and all that waits on it. Safe to call twice, and from a callback.
    void close();

  private:
    struct Follower {
        int id;
        std::vector<std::string> prefixes;
        Follow follow;
    };

    void run();
    void turn();
    void wait(std::int64_t timeout_ms);
    void drain_replies();
    void drain_monitor();
    void drain_events();
    void run_tasks();
    void flush();
    void publish_standing();
    void shut();
    zmq::socket_t open_socket(zmq::socket_type type);

    Endpoints endpoints_;
    int wake_fd_; // eventfd
    zmq::context_t context_;
    zmq::socket_t requests_;
    zmq::socket_t events_;
    zmq::socket_t monitor_;
    SessionCore core_;                // I/O thread only
    std::vector<Follower> followers_; // I/O thread only

    mutable std::mutex mutex_;
    std::condition_variable settled_;
    std::vector<Task> tasks_;
    Standing standing_;
    bool ready_ = false;
    std::optional<ErrorBody> refusal_;
    int next_follower_ = 0;
    bool closed_ = false;
    std::atomic<bool> stop_{false};
    std::mutex join_mutex_;
    std::thread thread_;
};

std::int64_t monotonic_ms();
std::string random_hex(std::size_t bytes);

} // namespace rekam
