// SPDX-License-Identifier: Apache-2.0 OR MIT
// The devices of one host process, each with its loop: as a rule one, all of a plugin with process=shared. Pure, as the
// loop. It knows which device a message is about, and when the process as a whole is over:
//   own      with its one device
//   shared   when the broker says so (host_stop for device 0), after the last device; a device comes and goes meanwhile
//   both     at once when a plugin does not return from a call, or the broker says what no broker says
#pragma once

#include "core/host/loop.h"

#include <map>

namespace rekam::host {

/// The broker's number of a device; 0: none, the process itself.
using DeviceNo = std::uint64_t;

struct DeviceEffect {
    DeviceNo device = 0;
    Effect effect;
};

class Loops {
  public:
    explicit Loops(LoopLimits limits = {}) : limits_(limits), front_(limits, &credits_, true) {}
    Loops(const Loops&) = delete; // the loops point to the credit
    Loops& operator=(const Loops&) = delete;

    /// Takes one event: Started, Received, Detached and Tick for device 0, the others from the threads of a device.
    /// After an Exit no further event has an effect.
    std::vector<DeviceEffect> step(const Now& now, DeviceNo device, Event event);

    /// As Loop's: the earliest of all.
    [[nodiscard]] std::int64_t next_deadline_us() const;

    /// It has greeted and was given no device: it may become an enumerator.
    [[nodiscard]] bool is_unused() const { return front_.state() == LoopState::waiting && !used_; }
    /// No further device will be opened: the plugin may go with the last one.
    [[nodiscard]] bool is_leaving() const { return leaving_ || (used_ && !shared_); }

  private:
    void on(Started& event) { run(0, front_, std::move(event)); }
    void on(Received& event) { received(std::move(event.message)); }
    void on(Detached& event);
    void on(Tick& event);
    template <class DeviceEvent> void on(DeviceEvent& event) { to_device(std::move(event)); }

    void received(wire::Message message);
    void received_start(wire::Message message);
    void received_stop(const wire::Message& message);
    void to_device(Event event);
    void run(DeviceNo device, Loop& loop, Event event);
    void run_all(const Event& event);
    void ended(DeviceNo device, const Exit& exit, bool closed);
    void tell_fatal(DeviceNo device, const std::string& reason);
    void tell(wire::Type type, DeviceNo device, std::string json = {}, std::uint16_t flags = 0);
    void end(int code, std::string reason);

    const LoopLimits limits_;
    Now now_;
    DeviceNo device_ = 0; ///< of the event at hand
    std::vector<DeviceEffect> effects_;
    std::size_t credits_ = wire::descriptor_credit;
    Loop front_; ///< speaks for the process: greets, and answers for devices that are not there
    std::map<DeviceNo, Loop> devices_;
    std::uint64_t incarnation_ = 0;
    bool shared_ = false, used_ = false, attached_ = true, leaving_ = false, ended_ = false;
};

} // namespace rekam::host
