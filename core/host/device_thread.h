// SPDX-License-Identifier: Apache-2.0 OR MIT
// The threads that make a device's calls: one for all, a second for health checks beside a job. Vendor code may hang in
// either, so they are never joined: the process ends instead.
#pragma once

#include "core/host/device.h"

#include <rekam/ext/thread_check.h>

#include <deque>
#include <map>

namespace rekam::host {

/// Runs tasks one after the other. Starts its thread with the first.
class Worker {
  public:
    explicit Worker(std::uint32_t roles) : roles_(roles) {}
    void add(std::function<void()> task);

  private:
    void work();

    const std::uint32_t roles_; ///< enum rekam_thread
    bool started_ = false;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> tasks_;
};

/// Carries out the loop's effects on the device and posts the answers. All functions on the main thread. Lives as long
/// as the process.
class DeviceThread {
  public:
    explicit DeviceThread(Post post) : post_(post), device_(std::move(post)) {}

    void open(wire::HostStart start);
    void run(Run run);
    void check(Check check);
    void read_capabilities();
    void close();
    void interrupt(CallId call);
    void frame_taken(CallId call, bool kept);

    /// Anything else on the thread of the calls (the enumerator).
    void add(std::function<void()> task) { calls_.add(std::move(task)); }

  private:
    std::shared_ptr<Call> begin(CallId call, std::int64_t deadline_us);

    Post post_;
    Device device_;
    Worker calls_{REKAM_THREAD_MAIN | REKAM_THREAD_DEVICE}, beside_{REKAM_THREAD_HEALTH};
    std::map<CallId, std::weak_ptr<Call>> running_;
};

} // namespace rekam::host
