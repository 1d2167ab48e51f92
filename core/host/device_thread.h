// SPDX-License-Identifier: Apache-2.0 OR MIT
// The threads that make a device's calls: one for all, a second for health checks beside a job.
#pragma once

#include "core/host/device.h"
#include "core/host/worker.h"

#include <rekam/ext/thread_check.h>

#include <map>

namespace rekam::host {

/// Carries out the loop's effects on the device and posts the answers. All functions on the main thread. Lives as long
/// as the process.
class DeviceThread {
  public:
    /// `roles` of the thread that makes all calls but checks beside a job (enum rekam_thread).
    DeviceThread(Post post, SharedLibrary& plugin, std::uint32_t roles)
        : post_(post), device_(std::move(post), plugin), calls_(roles) {}

    void open(wire::HostStart start);
    void run(Run run);
    void preview(ShowPreview step);
    void check(Check check);
    void identify(Identify asked);
    void read_capabilities();
    void close();
    void interrupt(CallId call);
    void frame_taken(CallId call, bool kept);
    void order(CallId call, Order order);

  private:
    std::shared_ptr<Call> begin(CallId call, std::int64_t deadline_us);

    Post post_;
    Device device_;
    Worker calls_, beside_{REKAM_THREAD_HEALTH};
    std::map<CallId, std::weak_ptr<Call>> running_;
};

} // namespace rekam::host
