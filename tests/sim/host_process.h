// SPDX-License-Identifier: Apache-2.0
// A host: the real loops, with a plugin and its devices behind it that do what the dice say.
#pragma once

#include "core/host/loops.h"
#include "tests/sim/hardware.h"
#include "tests/sim/process.h"

#include <map>
#include <optional>

namespace rekam::sim {

class HostProcess : public Process {
  public:
    HostProcess(World& world, Kernel& kernel, Hardware& hardware, std::string name, std::int64_t station_epoch);

    void started() override;
    void received(wire::Message message) override;
    void died() override { alarm_.set(never_us, 0, nullptr); }

    /// The main thread stands still for a while (swapped out, stopped in a debugger).
    void stall(std::int64_t for_us);
    /// Sends something that no honest host sends now.
    void lie();
    /// The plugin says that something about the device changed.
    void change(bool devices, bool capabilities);

    // For the exhaustive search, where nothing ends by itself.
    void finish_run(std::optional<model::Code> failure);

  private:
    /// A call of the plugin's run, as the device's thread lives it.
    struct RunScript {
        host::CallId call = 0;
        wire::HostRun run;
        std::string job; ///< "J-<epoch>-<no>"
        std::int64_t frames = 1, frames_made = 0;
        std::optional<model::Code> failure;
        bool hangs = false, ignores_interrupt = false, completes_after_cancel = false, stale = false, unsealed = false;
        std::int64_t extra_fingers = 0;
        Mishap mishap = Mishap::none;
        bool interrupted = false, waits_for_taken = false;
        std::int64_t began_us = 0;
        bool waits_for_go = false, begun = false, at_chip = false, chip_done = false,
             chip_failed = false; ///< of a print
    };
    struct CardScript { ///< an open card
        host::CallId call = 0;
        bool inside = false; ///< a print
    };

    /// A device that is open here, or is being opened.
    struct Place {
        host::DeviceNo no = 0;
        PhysicalDevice* device = nullptr;
        std::optional<RunScript> run;
        std::optional<CardScript> card;
        std::optional<host::CallId> check;
        std::string preview; ///< "P-<epoch>-<no>" that the plugin's stream was started for
        std::int64_t preview_since_us = 0;
        std::vector<std::shared_ptr<Content>> buffers{}; ///< of its pool, where it has one
    };

    void step(host::DeviceNo device, host::Event event);
    void perform(host::DeviceNo device, host::Send& effect);
    void perform(host::DeviceNo device, host::Release& effect);
    void perform(host::DeviceNo device, host::Open& effect);
    void perform(host::DeviceNo device, host::Run& effect);
    void perform(host::DeviceNo device, host::Check& effect);
    void perform(host::DeviceNo device, host::Interrupt& effect);
    void perform(host::DeviceNo device, host::Go& effect);
    void perform(host::DeviceNo device, host::ChipOver& effect);
    void perform(host::DeviceNo device, host::Transmit& effect);
    void perform(host::DeviceNo device, host::CloseCard& effect);
    void perform(host::DeviceNo device, host::FrameTaken& effect);
    void perform(host::DeviceNo device, host::ShowPreview& effect);
    void perform(host::DeviceNo device, host::Identify& effect);
    void perform(host::DeviceNo device, host::ReadCapabilities& effect);
    void perform(host::DeviceNo device, host::Close& effect);
    void perform(host::DeviceNo device, host::Exit& effect);

    void plan(RunScript& script);
    static void obey(RunScript& script, PhysicalDevice& device);
    void go_on(Place& place, host::CallId call, std::int64_t delay_us);
    void work(Place& place, host::CallId call);
    void work_print(Place& place);
    void end_print(Place& place, std::optional<wire::Failure> failure);
    bool interrupt_print(Place& place);
    void begin_card(Place& place, const host::Run& effect);
    void end_card(Place& place, std::optional<wire::Failure> failure);
    host::Previewed preview_step(Place& place, const host::ShowPreview& effect);
    host::PoolMade make_pool(Place& place, std::size_t count);
    void write_picture(Place& place, std::size_t buffer, const wire::HostView& view);
    bool interrupt_card(Place& place, host::CallId call);
    void make_frame(Place& place);
    void end_run(Place& place, std::optional<model::Code> failure);

    Hardware& hardware_;
    host::Loops loops_;
    Alarm alarm_;
    std::int64_t epoch_;
    std::map<host::DeviceNo, Place> places_; ///< one that is closed stays, for what its thread still does
    std::int64_t stalled_until_us_ = 0;
    wire::Prefix last_run_, last_preview_;
    std::int64_t last_picture_ = 0;
    bool ended_ = false;
    bool hides_previews_ = false; ///< it has said that one is over, true or not
};

/// A short-lived process that lists a plugin's devices. Its program is too small for a loop of its own.
class EnumeratorProcess : public Process {
  public:
    EnumeratorProcess(World& world, Kernel& kernel, Hardware& hardware, std::string name)
        : Process(world, kernel, std::move(name)), hardware_(hardware) {}
    void started() override;
    void received(wire::Message message) override;

  private:
    void list(const std::string& path, std::uint64_t incarnation);
    void tell(wire::Type type, std::uint64_t incarnation, std::string json);

    Hardware& hardware_;
};

} // namespace rekam::sim
