// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a device suffers when a fault strikes.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "mocks/devices/kit/engine.h"

namespace rekam::mock {
namespace {

using namespace std::chrono_literals;

constexpr auto step = 20ms;
// A helper that a test forgot must not live on for ever.
constexpr unsigned forked_life_s = 120;
constexpr int64_t vendor_code = 4'711;

void leave_child(bool own_session) {
    if (::fork() != 0)
        return;
    if (own_session)
        ::setsid();
    ::alarm(forked_life_s);
    for (;;)
        ::pause();
}

[[noreturn]] void crash(const std::string& word) {
    for (const auto& [name, signal] : {std::pair{"SEGV", SIGSEGV},
                                       {"ABRT", SIGABRT},
                                       {"BUS", SIGBUS},
                                       {"FPE", SIGFPE},
                                       {"ILL", SIGILL},
                                       {"KILL", SIGKILL}})
        if (word == name) {
            std::signal(signal, SIG_DFL);
            std::raise(signal);
        }
    std::abort();
}

[[noreturn]] void fail(const Fault& fault) {
    const std::string& word = fault.word("code");
    const std::string& effect = fault.word("effect");
    throw plugin::Error(code_of(word), "scripted " + word)
        .vendor_code(vendor_code)
        .effect(effect == "unknown" ? REKAM_EFFECT_UNKNOWN
                : effect == "done"  ? REKAM_EFFECT_DONE
                                    : REKAM_EFFECT_NONE);
}

// What only a person mends.
void stand_still(const Fault& fault) {
    struct State {
        std::string_view fault;
        uint32_t code;
        const char *message, *hint;
    };
    for (const State& state : {State{"jam", REKAM_E_JAM, "something is stuck in it", "clear-jam"},
                               State{"ribbon-out", REKAM_E_RIBBON_OUT, "the ribbon is used up", "load-ribbon"},
                               State{"hopper-empty", REKAM_E_MEDIA_OUT, "the hopper is empty", "load-cards"},
                               State{"cover-open", REKAM_E_COVER_OPEN, "the cover stands open", "close-cover"}})
        if (fault.is(state.fault))
            throw plugin::Error(state.code, state.message).hint(state.hint);
    if (fault.is("lying-health") && fault.word("says") == "ok")
        throw plugin::Error(REKAM_E_DEVICE_DOWN, "does not answer, whatever its health says").hint("check-cable");
}

} // namespace

// Until that, or until it is told other faults; a device that is unplugged meanwhile stops at once.
template <class Until> void Engine::stay(uint64_t told, Until&& until) {
    while (!until() && of_.live->version(device_) == told)
        std::this_thread::sleep_for(step);
    if (!plugged())
        gone();
}

void Engine::slow(uint64_t ms, plugin::Job* job, bool deaf) {
    const uint64_t from_us = mono_us();
    stay(of_.live->version(device_), [&] {
        const uint64_t passed_ms = (mono_us() - from_us) / 1'000;
        if (job && !deaf)
            job->stop_if_cancelled();
        if (!plugged())
            gone();
        if (job)
            job->percent(static_cast<int32_t>(std::min<uint64_t>(99, 100 * passed_ms / std::max<uint64_t>(ms, 1))));
        return passed_ms >= ms;
    });
}

void Engine::outlast(const plugin::Job& job, uint32_t ms) {
    stay(of_.live->version(device_), [&] { return job.cancelled(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

void Engine::flood(const Fault& fault, plugin::Job* job) const {
    const bool logs = fault.word("what") == "log";
    for (uint32_t i = 0; i < fault.number("count"); ++i)
        if (logs)
            of_.host.log(REKAM_LOG_WARNING, "scripted line " + std::to_string(i));
        else if (job)
            job->percent(static_cast<int32_t>(i % 100));
}

void Engine::suffer(const CallFaults& faults, plugin::Job* job, bool deaf) {
    for (const Fault& fault : faults.faults)
        suffer_one(fault, job, deaf, faults.told);
}

void Engine::suffer_one(const Fault& fault, plugin::Job* job, bool deaf, uint64_t told) {
    const uint64_t from_us = mono_us();
    if (fault.is("delay"))
        std::this_thread::sleep_for(std::chrono::milliseconds(fault.number("ms")));
    else if (fault.is("slow"))
        slow(fault.number("ms"), job, deaf);
    else if (fault.is("ignore-interrupt"))
        stay(told, [&] { return mono_us() - from_us >= uint64_t{fault.number("ms")} * 1'000; });
    else if (fault.is("hang"))
        stay(told, [] { return false; });
    else if (fault.is("busy"))
        while (of_.live->version(device_) == told)
            continue;
    else if (fault.is("crash"))
        crash(fault.word("signal"));
    else if (fault.is("exit"))
        ::_exit(static_cast<int>(fault.number("status")));
    else if (fault.is("error"))
        fail(fault);
    else if (fault.is("throw"))
        throw 4711;
    else if (fault.is("fork") || fault.is("fork-away"))
        leave_child(fault.is("fork-away"));
    else if (fault.is("leak"))
        for (uint32_t i = 0; i < fault.number("count"); ++i)
            (void)::open("/dev/null", O_RDONLY | O_CLOEXEC);
    else if (fault.is("flood"))
        flood(fault, job);
    else if (fault.is("unsure"))
        throw plugin::Error(REKAM_E_DEVICE_ERROR, "the printer fell silent").effect(REKAM_EFFECT_UNKNOWN);
    else
        stand_still(fault);
}

} // namespace rekam::mock
