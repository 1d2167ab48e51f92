// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/faults.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace rekam::mock {
namespace {

using namespace std::chrono_literals;

// A helper that a test forgot must not live on for ever.
constexpr unsigned forked_life_s = 120;

[[noreturn]] void refuse(const Fault& fault) {
    throw plugin::Error(REKAM_E_NOT_READY, "fault script, line " + std::to_string(fault.line) + ": cannot read it");
}

int number(const Fault& fault) {
    try {
        return std::stoi(fault.argument);
    } catch (const std::exception&) {
        refuse(fault);
    }
}

bool known(const Fault& fault) {
    for (const std::string_view name :
         {"delay",      "slow",    "hang",      "spin",    "crash",     "exit",      "error",
          "throw",      "fork",    "fork-away", "stale",   "truncated", "no-frames", "late",
          "fail-after", "fingers", "endless",   "garbage", "quality",   "misread",   "oversized"})
        if (name == fault.name)
            return true;
    return false;
}

// True for exactly one caller over all processes.
bool first_use(const std::string& script, const Fault& fault) {
    const std::string marker = script + "." + std::to_string(fault.line) + ".used";
    const int fd = ::open(marker.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    ::close(fd);
    return true;
}

void leave_child(bool own_session) {
    if (::fork() != 0)
        return;
    if (own_session)
        ::setsid();
    ::alarm(forked_life_s);
    for (;;)
        ::pause();
}

void slow(const Fault& fault, plugin::Job* job) {
    const auto steps = std::max(1, number(fault) / 20);
    for (int step = 0; step < steps; ++step) {
        if (job) {
            job->stop_if_cancelled();
            job->percent(100 * step / steps);
        }
        std::this_thread::sleep_for(20ms);
    }
}

[[noreturn]] void crash(const Fault& fault) {
    const int signal = number(fault);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    std::abort();
}

void suffer_one(const Fault& fault, plugin::Job* job) {
    if (fault.name == "delay")
        std::this_thread::sleep_for(std::chrono::milliseconds(number(fault)));
    else if (fault.name == "slow")
        slow(fault, job);
    else if (fault.name == "hang")
        for (;;)
            std::this_thread::sleep_for(1s);
    else if (fault.name == "spin")
        for (volatile unsigned turns = 0;;)
            turns = turns + 1;
    else if (fault.name == "crash")
        crash(fault);
    else if (fault.name == "exit")
        ::_exit(number(fault));
    else if (fault.name == "error")
        throw plugin::Error(code_of(fault.argument), "scripted " + fault.argument).vendor_code(4711);
    else if (fault.name == "throw")
        throw 4711;
    else if (fault.name == "fork" || fault.name == "fork-away")
        leave_child(fault.name == "fork-away");
}

} // namespace

uint32_t code_of(std::string_view word) {
#define REKAM_MOCK_CODE(name, number, text, class_, retry, origin)                                                     \
    if (word == (text))                                                                                                \
        return number;
    REKAM_ERROR_LIST(REKAM_MOCK_CODE)
#undef REKAM_MOCK_CODE
    throw plugin::Error(REKAM_E_NOT_READY, "fault script: no such code: " + std::string(word));
}

std::vector<Fault> parse_faults(std::string_view text) {
    std::vector<Fault> faults;
    std::istringstream lines{std::string(text)};
    std::string line;
    for (std::size_t count = 1; std::getline(lines, line); ++count) {
        std::istringstream words(line);
        Fault fault;
        fault.line = count;
        if (!(words >> fault.device) || fault.device.starts_with('#'))
            continue;
        fault.once = fault.device == "once";
        if (fault.once)
            words >> fault.device;
        words >> fault.call >> fault.name;
        words >> fault.argument;
        if (!known(fault))
            refuse(fault);
        faults.push_back(std::move(fault));
    }
    return faults;
}

CallFaults::CallFaults(const char* variable, std::string_view device, std::string_view call) {
    const char* script = std::getenv(variable);
    if (!script)
        return;
    std::ifstream file(script);
    for (Fault& fault : parse_faults(std::string(std::istreambuf_iterator<char>(file), {})))
        if ((fault.device == "*" || fault.device == device) && fault.call == call &&
            (!fault.once || first_use(script, fault)))
            faults_.push_back(std::move(fault));
}

void CallFaults::suffer(plugin::Job* job) const {
    for (const Fault& fault : faults_)
        suffer_one(fault, job);
}

std::optional<std::string> CallFaults::argument(std::string_view name) const {
    for (const Fault& fault : faults_)
        if (fault.name == name)
            return fault.argument;
    return std::nullopt;
}

std::optional<uint32_t> CallFaults::number(std::string_view name) const {
    for (const Fault& fault : faults_)
        if (fault.name == name)
            return static_cast<uint32_t>(mock::number(fault));
    return std::nullopt;
}

} // namespace rekam::mock
