// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/ports.h"

#include "core/io/usb_port.h"

#include <boost/asio/post.hpp>

#include <mutex>
#include <system_error>
#include <thread>

namespace rekam::rekamd {

struct Ports::Shared {
    std::mutex mutex; ///< for what follows
    boost::asio::io_context* loop = nullptr;
    int threads = 0;
    Done done;
    Act act;

    /// Answers on the loop, if there still is one.
    void tell(const std::shared_ptr<Shared>& self, broker::PortReset result) {
        if (loop)
            boost::asio::post(*loop, [self, result = std::move(result)] {
                if (self->loop) // it is changed on this thread only
                    self->done(result);
            });
    }
};

Ports::Ports(boost::asio::io_context& loop, Done done, Act act) : shared_(std::make_shared<Shared>()) {
    shared_->loop = &loop;
    shared_->done = std::move(done);
    shared_->act = std::move(act);
}

Ports::~Ports() {
    const std::lock_guard lock(shared_->mutex);
    shared_->loop = nullptr;
}

void Ports::reset(broker::ResetPort wanted) {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->threads >= threads_max)
        return shared_->tell(shared_, {wanted.device, "earlier resets hang in the kernel; restart the machine"});
    ++shared_->threads;
    const auto device = wanted.device;
    try {
        std::thread([shared = shared_, wanted = std::move(wanted)] {
            auto failure = shared->act(wanted);
            const std::lock_guard done(shared->mutex);
            --shared->threads;
            shared->tell(shared, {wanted.device, std::move(failure)});
        }).detach();
    } catch (const std::system_error& error) {
        --shared_->threads;
        shared_->tell(shared_, {device, error.what()});
    }
}

std::optional<std::string> act_on_port(const broker::ResetPort& wanted) {
    return wanted.power ? io::power_cycle_usb_port(wanted.physical) : io::reset_usb_port(wanted.physical);
}

} // namespace rekam::rekamd
