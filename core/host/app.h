// SPDX-License-Identifier: Apache-2.0 OR MIT
// The shell around the loop: one channel, one clock, one timer, and the device's threads.
#pragma once

#include "core/host/device_thread.h"
#include "core/host/loop.h"
#include "core/io/channel.h"
#include "core/io/clock.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace rekam::host {

class App {
  public:
    explicit App(io::Fd channel);

    /// Never returns: the process ends inside, without running vendor destructors.
    [[noreturn]] void run();

  private:
    void received(wire::Message message);
    void ended(io::ChannelEnd how, const std::string& reason);
    void start_enumerating(const wire::Message& message);
    void received_as_enumerator(const wire::Message& message);
    void step(Event event);
    void arm();
    void send(wire::Message message);
    void end_when_sent(int code);

    void perform(Send& effect) { send(std::move(effect.message)); }
    void perform(Release& effect) { ::close(effect.descriptor); }
    void perform(Open& effect) { device_.open(std::move(effect.start)); }
    void perform(Run& effect) { device_.run(std::move(effect)); }
    void perform(Check& effect) { device_.check(effect); }
    void perform(Interrupt& effect) { device_.interrupt(effect.call); }
    void perform(FrameTaken& effect) { device_.frame_taken(effect.call, effect.kept); }
    void perform(ReadCapabilities&) { device_.read_capabilities(); }
    void perform(Close&) { device_.close(); }
    void perform(Exit& effect);

    boost::asio::io_context io_;
    io::Clock clock_;
    boost::asio::steady_timer timer_, exit_timer_;
    Loop loop_;
    DeviceThread device_;
    io::Channel channel_;
    bool enumerating_ = false;
    std::int64_t exit_by_us_ = never_us;
};

} // namespace rekam::host
