// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/engine.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "mocks/devices/kit/random.h"

namespace rekam::mock {
namespace {

using namespace std::chrono_literals;

constexpr auto look_at_cable_every = 20ms;
constexpr uint64_t us_per_ms = 1'000;

struct Condition {
    std::string_view fault, component, evidence, hint;
    rekam_who who;
};
constexpr std::array conditions{
    Condition{"jam", "card-path", "something is stuck in it", "clear-jam", REKAM_WHO_OPERATOR},
    Condition{"ribbon-out", "ribbon", "0 left", "load-ribbon", REKAM_WHO_OPERATOR},
    Condition{"hopper-empty", "hopper", "0 left", "load-cards", REKAM_WHO_OPERATOR},
    Condition{"cover-open", "cover", "stands open", "close-cover", REKAM_WHO_OPERATOR},
};

bool cable(const Fault& fault) { return fault.is("unplug") || fault.is("flapping"); }

// Bound to a job, to every so manieth or to chance: then it strikes in run, not by itself.
bool waits_for_job(const Fault& fault) {
    const Trigger& when = fault.when;
    return cable(fault) && fault.call.empty() && (when.job != 0 || when.every != 1 || when.probability < 1);
}

std::string place_of(const Fault& fault) {
    return (fault.live ? "live " : "file ") + std::to_string(fault.line) + " " + std::string(fault.kind->name);
}

} // namespace

uint64_t mono_us() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1'000;
}

const Fault* CallFaults::find(std::string_view fault) const {
    const auto found = std::ranges::find_if(faults, [&](const Fault& one) { return one.is(fault); });
    return found == faults.end() ? nullptr : &*found;
}

std::optional<uint32_t> CallFaults::number(std::string_view fault, std::string_view argument) const {
    const Fault* found = find(fault);
    return found ? std::optional(found->number(argument)) : std::nullopt;
}

CallFaults CallFaults::take(std::string_view fault) {
    CallFaults taken;
    taken.told = told;
    for (auto one = faults.begin(); one != faults.end();)
        if (one->is(fault)) {
            taken.faults.push_back(std::move(*one));
            one = faults.erase(one);
        } else {
            ++one;
        }
    return taken;
}

uint64_t Live::version(const std::string& device) {
    const std::lock_guard lock(mutex_);
    return versions_[device];
}

void Live::changed(const std::string& device) {
    const std::lock_guard lock(mutex_);
    ++versions_[device];
}

Engine::Engine(Of of, std::string device, uint32_t seed)
    : of_(std::move(of)), device_(std::move(device)), seed_(seed), memory_(of_.variable) {
    if (const Script& script = memory_.script(device_); script.seeded)
        seed_ = script.seed;
}

Engine::~Engine() {
    if (!watcher_.joinable())
        return;
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    end_.notify_all();
    watcher_.join();
}

void Engine::watch_cable() {
    bool told = false;
    std::unique_lock lock(mutex_);
    while (!end_.wait_for(lock, look_at_cable_every, [this] { return ending_; })) {
        bool here = true;
        rekam_error_t ignored{};
        plugin::guard(&ignored,
                      [&] { here = plugged_locked(); }); // a script that cannot be read is told by the next call
        if (here == told) {                              // it went, or came back before anybody closed it
            told = !here;
            lock.unlock();
            if (told)
                gone_();
            lock.lock();
        }
    }
}

void Engine::begin_job() {
    const std::lock_guard lock(mutex_);
    ++jobs_;
}

bool Engine::in_force(const Fault& fault) const {
    const uint64_t now_ms = open_ms();
    return (fault.device == "*" || fault.device == device_) && now_ms >= fault.when.after_ms &&
           (fault.when.until_ms == 0 || now_ms < fault.when.until_ms);
}

// Whether its moment has come. counts: this is one of the calls that it counts.
bool Engine::due(const Fault& fault, bool counts) {
    if (!in_force(fault) || (fault.when.job != 0 && fault.when.job != jobs_))
        return false;
    uint32_t& calls = calls_[place_of(fault)];
    calls += counts ? 1 : 0;
    if (counts && calls % fault.when.every != 0)
        return false;
    if (fault.when.probability < 1) {
        if (!counted_) // another draw after each opening, or a device that fails as it opens would do so for ever
            opened_before_ = memory_.opened(device_);
        counted_ = true;
        const uint64_t at = (uint64_t{opened_before_} << 32) + calls;
        if (!Random(seed_ ^ mix(at), device_ + " " + place_of(fault)).chance(fault.when.probability))
            return false;
    }
    return memory_.use(device_, fault);
}

// A cable's faults strike by themselves unless they are bound to a call, a job or chance.
bool Engine::plugged_locked() {
    if (!memory_.exists() || device_.empty())
        return true;
    if (const auto absence = memory_.absence(device_); absence && !absence->over(mono_us()))
        return !absence->at(mono_us());
    for (const Fault& fault : memory_.script(device_).faults) {
        if (!cable(fault) || !fault.call.empty() || waits_for_job(fault) || !due(fault, false))
            continue;
        leave(fault);
        return false;
    }
    return true;
}

bool Engine::plugged() {
    const std::lock_guard lock(mutex_);
    return plugged_locked();
}

void Engine::leave(const Fault& fault) {
    const uint64_t us = fault.number("ms") * us_per_ms;
    const uint32_t times = fault.is("flapping") ? fault.number("count") : 1;
    const uint64_t period_us = std::max<uint64_t>(us / times, 1);
    memory_.leave(device_,
                  {mono_us(), fault.is("flapping") ? std::max<uint64_t>(period_us / 2, 1) : us, period_us, times});
}

void Engine::gone() const {
    throw plugin::Error(REKAM_E_DEVICE_GONE, "mock device " + device_ + " is unplugged").hint("check-cable");
}

CallFaults Engine::strike(std::string_view call) {
    const std::lock_guard lock(mutex_);
    CallFaults struck;
    struck.told = of_.live->version(device_);
    if (!memory_.exists())
        return struck;
    if (call == "capabilities" && gone_ && !watcher_.joinable())
        watcher_ = std::thread([this] { watch_cable(); });
    for (const Fault& fault : memory_.script(device_).faults)
        if ((fault.call == call || (call == "run" && waits_for_job(fault))) && due(fault, true))
            struck.faults.push_back(fault);
    for (const Fault& fault : struck.faults)
        if (cable(fault))
            leave(fault);
    if (call != "close" && !plugged_locked())
        gone();
    return struck;
}

bool Engine::confess(plugin::HealthReport& report) {
    const std::lock_guard lock(mutex_);
    std::vector<Fault> wrong;
    for (const Fault& fault : memory_.script(device_).faults)
        if (in_force(fault) && !memory_.used_up(device_, fault))
            wrong.push_back(fault);
    const auto lies = [](const Fault& fault) { return fault.is("lying-health") && fault.word("says") == "ok"; };
    if (std::ranges::any_of(wrong, lies))
        return false;
    bool said = false;
    for (const Fault& fault : wrong) {
        if (fault.is("lying-health")) {
            report.failed("sensor", "does not answer", REKAM_WHO_TECHNICIAN, "check-cable");
            said = true;
        }
        for (const auto& [name, component, evidence, hint, who] : conditions)
            if (fault.is(name)) {
                report.failed(component, evidence, who, hint);
                said = true;
            }
    }
    return said;
}

} // namespace rekam::mock
