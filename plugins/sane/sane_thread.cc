// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/sane_thread.h"

namespace rekam::sane {
namespace {

using Clock = std::chrono::steady_clock;

constexpr milliseconds look_every{20};

milliseconds since(Clock::time_point start) { return std::chrono::duration_cast<milliseconds>(Clock::now() - start); }

} // namespace

std::optional<milliseconds> Patience::interrupted_for() {
    if (!since_ && cancelled_())
        since_ = Clock::now();
    return since_ ? std::optional(since(*since_)) : std::nullopt;
}

SaneThread::SaneThread(Limits limits) : limits_(limits) {
    worker_ = std::thread([this] { work(); });
}

SaneThread::~SaneThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    worker_.join();
    if (nudger_.joinable())
        nudger_.join();
}

void SaneThread::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        // A nudge that is still under way belongs to the call before: the next one must not run into it.
        changed_.wait(lock, [&] { return !nudging_ && (stopping_ || !queue_.empty()); });
        if (queue_.empty())
            return;
        running_ = queue_.front();
        queue_.pop_front();
        running_since_ = Clock::now();
        lock.unlock();
        try {
            running_->body();
        } catch (...) {
            running_->error = std::current_exception();
        }
        running_->body = nullptr; // what it owned (an open scanner) ends on this thread
        lock.lock();
        running_->done = true;
        running_.reset();
        changed_.notify_all();
    }
}

void SaneThread::enqueue(const std::shared_ptr<Task>& task) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(task);
    }
    changed_.notify_all();
}

void SaneThread::post(std::function<void()> body) {
    auto task = std::make_shared<Task>();
    task->body = std::move(body);
    enqueue(task);
}

void SaneThread::wait(const std::shared_ptr<Task>& task) {
    enqueue(task);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return task->done; });
    if (task->error)
        std::rethrow_exception(task->error);
}

void SaneThread::leave_queue(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Task>& task) {
    std::erase(queue_, task);
    const milliseconds busy = running_ ? since(running_since_) : milliseconds(0);
    lock.unlock();
    // Its captures go here, on the device thread: nothing in them ends anything of SANE, the scanner itself stays open.
    task->body = nullptr;
    const std::string how_long = std::to_string(busy.count() / 1000) + " s";
    if (busy >= limits_.lost)
        throw plugin::Error(REKAM_E_DEVICE_DOWN,
                            "the scanner has not answered for " + how_long + "; switch it off and on")
            .hint("restart-device");
    throw plugin::Error(REKAM_E_NOT_READY, "the scanner is still busy with a cancelled scan, for " + how_long +
                                               " now; try again when it is ready")
        .hint("wait-ready");
}

void SaneThread::wait(const std::shared_ptr<Task>& task, Patience& patience, const Nudge& nudge) {
    enqueue(task);
    const auto queued_at = Clock::now();
    bool nudged = false;
    std::unique_lock lock(mutex_);
    while (!task->done) {
        changed_.wait_for(lock, look_every, [&] { return task->done; });
        if (task->done)
            break;
        lock.unlock();
        const auto interrupted = patience.interrupted_for(); // asks the host: not under the lock
        lock.lock();
        if (task->done)
            break;
        const bool waits_for_another = running_ != task;
        if (interrupted && waits_for_another) {
            std::erase(queue_, task);
            throw plugin::Error(REKAM_E_CANCELLED, "cancelled while the scanner was busy");
        }
        if (waits_for_another && since(queued_at) >= limits_.settle)
            leave_queue(lock, task);
        if (interrupted && !nudged && nudge && *interrupted >= limits_.nudge && !nudging_) {
            start_nudge(nudge);
            nudged = true;
        }
        if (interrupted && *interrupted >= limits_.give_up)
            throw plugin::Error(REKAM_E_CANCELLED, "cancelled; the scanner is still ending its work");
    }
    if (task->error)
        std::rethrow_exception(task->error);
}

void SaneThread::start_nudge(const Nudge& nudge) {
    if (nudger_.joinable())
        nudger_.join(); // it is over: nudging_ is false
    nudging_ = true;
    nudger_ = std::thread([this, nudge] {
        nudge();
        const std::lock_guard lock(mutex_);
        nudging_ = false;
        changed_.notify_all();
    });
}

bool SaneThread::wait_idle(milliseconds most) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, most, [&] { return queue_.empty() && !running_ && !nudging_; });
}

milliseconds SaneThread::busy_for() {
    const std::lock_guard lock(mutex_);
    return running_ ? std::max(milliseconds(1), since(running_since_)) : milliseconds(0);
}

} // namespace rekam::sane
