// SPDX-License-Identifier: Apache-2.0 OR MIT
// The shell around the loops: one channel, one clock, one timer, and the threads of the devices.
#pragma once

#include "core/host/device_thread.h"
#include "core/host/loops.h"
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
    void tell(const wire::Message& message);
    void received_as_enumerator(const wire::Message& message);
    void step(DeviceNo device, Event event);
    void arm();
    void send(wire::Message message);
    void end_when_sent(int code);

    void perform(DeviceNo, Send& effect) { send(std::move(effect.message)); }
    void perform(DeviceNo, Release& effect) { ::close(effect.descriptor); }
    void perform(DeviceNo device, Open& effect);
    void perform(DeviceNo device, Run& effect) { thread(device).run(std::move(effect)); }
    void perform(DeviceNo device, Check& effect) { thread(device).check(effect); }
    void perform(DeviceNo device, Interrupt& effect) { thread(device).interrupt(effect.call); }
    void perform(DeviceNo device, Go& effect) {
        thread(device).order(effect.call, {.kind = Order::Kind::go, .call = {}});
    }
    void perform(DeviceNo device, ChipOver& effect) {
        thread(device).order(effect.call, {.kind = Order::Kind::chip_over, .failed = effect.failed, .call = {}});
    }
    void perform(DeviceNo device, Transmit& effect) {
        thread(device).order(effect.call,
                             {.kind = Order::Kind::transmit, .apdus = std::move(effect.apdus), .call = {}});
    }
    void perform(DeviceNo device, CloseCard& effect) {
        thread(device).order(effect.call, {.kind = Order::Kind::close, .call = {}});
    }
    void perform(DeviceNo device, FrameTaken& effect) { thread(device).frame_taken(effect.call, effect.kept); }
    void perform(DeviceNo device, ShowPreview& effect) { thread(device).preview(std::move(effect)); }
    void perform(DeviceNo device, Identify& effect) { thread(device).identify(effect); }
    void perform(DeviceNo device, ReadCapabilities&) { thread(device).read_capabilities(); }
    void perform(DeviceNo device, Close&) { thread(device).close(); }
    void perform(DeviceNo, Exit& effect);

    /// A device that was opened once keeps its threads, also for the next time.
    struct Place {
        Place(App& app, std::uint32_t roles);
        DeviceNo device = 0;
        DeviceThread thread;
    };
    DeviceThread& thread(DeviceNo device) { return open_.at(device)->thread; }

    boost::asio::io_context io_;
    io::Clock clock_;
    boost::asio::steady_timer timer_, exit_timer_;
    Loops loops_;
    Worker main_; ///< enumerates; with several devices it also creates and destroys the plugin
    SharedLibrary plugin_;
    std::map<std::string, Place> places_; ///< by the plugin's own id of the device
    std::map<DeviceNo, Place*> open_;
    io::Channel channel_;
    bool enumerating_ = false;
    std::int64_t exit_by_us_ = never_us;
};

} // namespace rekam::host
