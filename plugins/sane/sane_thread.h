// SPDX-License-Identifier: Apache-2.0 OR MIT
// The one thread that calls SANE. A back end may warm its lamp inside sane_start, or wait for ever for a server,
// without looking up; the device thread waits here for the answer, and can stop waiting when its job is interrupted.
// The call then goes on, and everything after it waits for its turn.
#pragma once

#include <rekam/plugin.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace rekam::sane {

using std::chrono::milliseconds;

/// How long one job waits for the SANE thread. Not shared between jobs: it remembers when the job was interrupted.
class Patience {
  public:
    explicit Patience(std::function<bool()> cancelled) : cancelled_(std::move(cancelled)) {}
    /// Time since the interruption was first seen; nothing: go on.
    std::optional<milliseconds> interrupted_for();

  private:
    std::function<bool()> cancelled_;
    std::optional<std::chrono::steady_clock::time_point> since_;
};

class SaneThread {
  public:
    struct Limits {
        milliseconds nudge{300};     // after an interruption: when to wake a call that does not return by itself
        milliseconds give_up{900};   // and when to stop waiting for it
        milliseconds settle{20'000}; // how long a new call waits for one that was given up
        milliseconds lost{120'000};  // a call that has run for so long is not coming back
    };
    using Nudge = std::function<void()>; // called on a thread of its own while the call runs; empty: there is none

    SaneThread() : SaneThread(Limits()) {}
    explicit SaneThread(Limits limits);
    /// Waits for everything that was begun.
    ~SaneThread();
    SaneThread(const SaneThread&) = delete;
    SaneThread& operator=(const SaneThread&) = delete;

    /// Runs body on the thread and returns what it returned or threw, however long that takes.
    template <class Body> auto call(Body body) {
        return answer(std::move(body), [this](std::shared_ptr<Task> task) { wait(task); });
    }
    /// The same, but throws CANCELLED when patience ends, NOT_READY or DEVICE_DOWN when an earlier call does not end.
    /// body must own what it uses: it may go on after this has thrown.
    template <class Body> auto call(Body body, Patience& patience, const Nudge& nudge = {}) {
        return answer(std::move(body), [&](std::shared_ptr<Task> task) { wait(task, patience, nudge); });
    }
    /// Runs body when its turn comes; nobody waits for it. It must not throw.
    void post(std::function<void()> body);
    /// True: everything is done.
    bool wait_idle(milliseconds most);
    /// How long the call that runs now has been running; 0: none does.
    milliseconds busy_for();

  private:
    struct Task {
        std::function<void()> body;
        std::exception_ptr error;
        bool done = false;
    };

    template <class Body, class Wait> auto answer(Body body, Wait wait_for) {
        using Result = decltype(body());
        auto task = std::make_shared<Task>();
        if constexpr (std::is_void_v<Result>) {
            task->body = std::move(body);
            wait_for(task);
        } else {
            auto result = std::make_shared<std::optional<Result>>();
            task->body = [result, run = std::move(body)]() mutable { result->emplace(run()); };
            wait_for(task);
            return std::move(**result);
        }
    }
    void enqueue(const std::shared_ptr<Task>& task);
    void wait(const std::shared_ptr<Task>& task);
    void wait(const std::shared_ptr<Task>& task, Patience& patience, const Nudge& nudge);
    void leave_queue(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Task>& task);
    void start_nudge(const Nudge& nudge);
    void work();

    const Limits limits_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<Task>> queue_;
    std::shared_ptr<Task> running_;
    std::chrono::steady_clock::time_point running_since_;
    bool stopping_ = false, nudging_ = false;
    std::thread nudger_;
    std::thread worker_;
};

} // namespace rekam::sane
