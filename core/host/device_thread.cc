// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/device_thread.h"

namespace rekam::host {

std::shared_ptr<Call> DeviceThread::begin(CallId call, std::int64_t deadline_us) {
    std::erase_if(running_, [](const auto& entry) { return entry.second.expired(); });
    auto begun = std::make_shared<Call>(call, deadline_us);
    running_[call] = begun;
    return begun;
}

void DeviceThread::open(wire::HostStart start) {
    calls_.add([this, start = std::move(start)] { post_(device_.open(start)); });
}

void DeviceThread::run(Run run) {
    auto call = begin(run.call, run.deadline_us);
    if (run.inside != 0) { // the device's thread is inside that print, and waits there
        const CallId print = run.inside;
        Order order{Order::Kind::card, false, {}, call, std::move(run)};
        return this->order(print, std::move(order));
    }
    calls_.add([this, call, run = std::move(run)] { post_(device_.run(run, *call)); });
}

void DeviceThread::check(Check check) {
    auto call = begin(check.call, check.deadline_us);
    Worker& worker = check.beside ? beside_ : calls_;
    worker.add([this, call, check] { post_(device_.check(check, *call)); });
}

void DeviceThread::preview(ShowPreview step) {
    calls_.add([this, step = std::move(step)] { post_(device_.preview(step)); });
}

void DeviceThread::identify(Identify asked) {
    calls_.add([this, asked] { post_(device_.identify(asked)); });
}

void DeviceThread::read_capabilities() {
    calls_.add([this] { post_(device_.read_capabilities()); });
}

void DeviceThread::close() {
    calls_.add([this] { post_(device_.close()); });
}

void DeviceThread::interrupt(CallId call) {
    const auto found = running_.find(call);
    if (const auto running = found == running_.end() ? nullptr : found->second.lock()) {
        running->cancel();
        device_.interrupt();
    }
}

void DeviceThread::order(CallId call, Order order) {
    const auto found = running_.find(call);
    if (const auto running = found == running_.end() ? nullptr : found->second.lock())
        running->order(std::move(order));
}

void DeviceThread::frame_taken(CallId call, bool kept) {
    const auto found = running_.find(call);
    if (const auto running = found == running_.end() ? nullptr : found->second.lock())
        running->frame_taken(kept);
}

} // namespace rekam::host
