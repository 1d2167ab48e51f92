// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/worker.h"

#include "core/host/library.h"

#include <future>
#include <thread>

namespace rekam::host {

void Worker::add(std::function<void()> task) {
    bool starts = false;
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
        starts = !std::exchange(started_, true);
    }
    changed_.notify_one(); // without the lock: the woken thread would run into it, and be put to sleep once more
    if (starts)
        std::thread([this] { work(); }).detach();
}

void Worker::run(const std::function<void()>& task) {
    std::promise<void> done;
    add([&] {
        task();
        done.set_value();
    });
    done.get_future().wait();
}

void Worker::work() {
    set_thread_roles(roles_);
    for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !tasks_.empty(); });
        const std::function<void()> task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
    }
}

} // namespace rekam::host
