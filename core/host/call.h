// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the main thread and a device's thread share about one call: whether it was cancelled, until when it may take,
// and which of its frames were taken.
#pragma once

#include "core/host/loop_events.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace rekam::host {

/// Hands an event to the main thread. Any thread.
using Post = std::function<void(Event)>;

class Call;

/// What the main thread tells a call that waits for more than frames: a print, an exchange with a card.
struct Order {
    enum class Kind : std::uint8_t { go, chip_over, card, transmit, close };
    Kind kind = Kind::go;
    bool failed = false;        ///< of chip_over
    wire::HostApdus apdus{};    ///< of transmit
    std::shared_ptr<Call> call; ///< of card: an exchange inside this print
    Run run{};                  ///< of card
};

class Call {
  public:
    Call(CallId call, std::int64_t deadline_us) : id(call), until_us(deadline_us) {}

    const CallId id;
    const std::int64_t until_us; ///< on CLOCK_MONOTONIC; never_us for none

    /// [any]
    [[nodiscard]] bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }
    void cancel() {
        cancelled_.store(true, std::memory_order_release);
        const std::lock_guard lock(mutex_);
        changed_.notify_one();
    }

    /// Main thread: something to do for the call that waits.
    void order(Order order) {
        const std::lock_guard lock(mutex_);
        orders_.push_back(std::move(order));
        changed_.notify_one();
    }
    /// Device's thread: the next thing to do; empty once the call was cancelled.
    std::optional<Order> wait_order() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !orders_.empty() || cancelled(); });
        if (cancelled())
            return std::nullopt;
        return take_order();
    }
    /// Device's thread: waits until it may go, whatever else is wanted. Where nobody lets it go, the process ends.
    void wait_go() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !orders_.empty() && orders_.front().kind == Order::Kind::go; });
        static_cast<void>(take_order());
    }

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
    Order take_order() {
        Order order = std::move(orders_.front());
        orders_.pop_front();
        return order;
    }

    std::atomic<bool> cancelled_{false};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<bool> answer_;
    std::deque<Order> orders_;
};

std::int64_t mono_now_us();

} // namespace rekam::host
