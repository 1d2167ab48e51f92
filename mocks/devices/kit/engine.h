// SPDX-License-Identifier: Apache-2.0 OR MIT
// Makes a mock fail as its script says: which faults strike a call, and what it then suffers. The same script, seed and
// calls give the same failures.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "mocks/devices/kit/memory.h"

namespace rekam::mock {

// CLOCK_MONOTONIC, as the ABI tells time.
uint64_t mono_us();

// The faults that strike one call of one device.
class CallFaults {
  public:
    bool has(std::string_view fault) const { return find(fault) != nullptr; }
    const Fault* find(std::string_view fault) const;
    std::optional<uint32_t> number(std::string_view fault, std::string_view argument) const;
    // Takes one out, to be suffered later.
    CallFaults take(std::string_view fault);

    std::vector<Fault> faults;
    uint64_t told = 0; // Live::version when they were read: one that is told meanwhile ends them
};

// Tells the engines of a plugin's devices when a tester says something new. Any thread.
class Live {
  public:
    uint64_t version(const std::string& device);
    void changed(const std::string& device);

  private:
    std::mutex mutex_;
    std::map<std::string, uint64_t> versions_;
};

// One per open device, and for a moment one for a call that belongs to none (device "").
class Engine {
  public:
    struct Of {               // what engines of one plugin share
        std::string variable; // REKAM_MOCK_<NAME>_FAULTS
        plugin::Host host;
        Live* live;
    };
    // Reads the script, and throws Error where it cannot be read.
    Engine(Of of, std::string device, uint32_t seed);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // How an unplugged device says so by itself. It does from its first call of capabilities on: the host knows it
    // then.
    void on_gone(std::function<void()> gone) { gone_ = std::move(gone); }

    void begin_job();
    // What strikes this call. Throws DEVICE_GONE for a device that is unplugged.
    CallFaults strike(std::string_view call);
    // Suffers those that any call may have, in the order of the script. job: for progress and interrupt, else null.
    // deaf: also "slow" cannot be interrupted, as a card that has begun.
    void suffer(const CallFaults& faults, plugin::Job* job, bool deaf = false);
    void suffer(std::string_view call, plugin::Job* job, bool deaf = false) { suffer(strike(call), job, deaf); }

    // Until so long after the job was cancelled.
    void outlast(const plugin::Job& job, uint32_t ms);
    bool plugged();
    // Adds what is wrong with the device to its health; false: nothing is, or it lies.
    bool confess(plugin::HealthReport& report);

  private:
    bool due(const Fault& fault, bool counts);
    bool plugged_locked();
    bool in_force(const Fault& fault) const;
    uint64_t open_ms() const { return (mono_us() - opened_us_) / 1'000; }
    void leave(const Fault& fault);
    [[noreturn]] void gone() const;
    void suffer_one(const Fault& fault, plugin::Job* job, bool deaf, uint64_t told);
    void flood(const Fault& fault, plugin::Job* job) const;
    void slow(uint64_t ms, plugin::Job* job, bool deaf);
    template <class Until> void stay(uint64_t told, Until&& until);
    void watch_cable();

    const Of of_;
    const std::string device_;
    uint32_t seed_;
    Memory memory_;
    const uint64_t opened_us_ = mono_us();
    std::mutex mutex_; // self checks may run beside a job, and the watcher looks at the cable
    uint32_t jobs_ = 0, opened_before_ = 0;
    bool counted_ = false;
    std::map<std::string, uint32_t> calls_; // how often each fault's call came, by the fault's place
    std::condition_variable end_;
    bool ending_ = false;
    std::thread watcher_;
    std::function<void()> gone_;
};

} // namespace rekam::mock
