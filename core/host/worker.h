// SPDX-License-Identifier: Apache-2.0 OR MIT
// A thread that calls a plugin. Vendor code may hang in it, so it is never joined: the process ends instead.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

namespace rekam::host {

/// Runs tasks one after the other. Starts its thread with the first. Lives as long as the process.
class Worker {
  public:
    explicit Worker(std::uint32_t roles) : roles_(roles) {}
    void add(std::function<void()> task);
    /// Adds a task and waits for its end. Not from a task of its own.
    void run(const std::function<void()>& task);

  private:
    void work();

    const std::uint32_t roles_; ///< enum rekam_thread
    bool started_ = false;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> tasks_;
};

} // namespace rekam::host
