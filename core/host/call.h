// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the main thread and a device's thread share about one call: whether it was cancelled, until when it may take,
// and which of its frames were taken.
#pragma once

#include "core/host/loop_events.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace rekam::host {

/// Hands an event to the main thread. Any thread.
using Post = std::function<void(Event)>;

class Call {
  public:
    Call(CallId call, std::int64_t deadline_us) : id(call), until_us(deadline_us) {}

    const CallId id;
    const std::int64_t until_us; ///< on CLOCK_MONOTONIC; never_us for none

    /// [any]
    [[nodiscard]] bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }
    void cancel() { cancelled_.store(true, std::memory_order_release); }

    /// Main thread: the answer to one Framed.
    void frame_taken(bool kept) {
        const std::lock_guard lock(mutex_);
        answer_ = kept;
        changed_.notify_one();
    }
    /// Device's thread: waits for the answer. The loop always gives one, or ends the process.
    bool wait_taken() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return answer_.has_value(); });
        return *std::exchange(answer_, std::nullopt);
    }

  private:
    std::atomic<bool> cancelled_{false};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<bool> answer_;
};

std::int64_t mono_now_us();

} // namespace rekam::host
