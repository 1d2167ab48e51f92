// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/card/faults.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace rekam::mock_card {
namespace {

using namespace std::chrono_literals;

struct Fault {
    std::string device, point, name, argument;
    bool once = false;
    int line = 0;
};

plugin::Error unreadable(const Fault& fault) {
    return plugin::Error(REKAM_E_NOT_READY, "fault script, line " + std::to_string(fault.line) + ": cannot read it");
}

int number(const Fault& fault) {
    try {
        return std::stoi(fault.argument);
    } catch (const std::exception&) {
        throw unreadable(fault);
    }
}

uint32_t code_of(const Fault& fault) {
#define REKAM_MOCK_CODE(name, number, text, class_, retry, origin)                                                     \
    if (fault.argument == (text))                                                                                      \
        return number;
    REKAM_ERROR_LIST(REKAM_MOCK_CODE)
#undef REKAM_MOCK_CODE
    throw unreadable(fault);
}

// True for exactly one caller over all processes.
bool first_use(const std::string& script, const Fault& fault) {
    const std::string marker = script + "." + std::to_string(fault.line) + "." + fault.point + ".used";
    const int fd = ::open(marker.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0)
        ::close(fd);
    return fd >= 0;
}

void slow(const Fault& fault, plugin::Job& job, bool begun) {
    const int steps = std::max(1, number(fault) / 20);
    for (int step = 0; step < steps; ++step) {
        if (!begun)
            job.stop_if_cancelled();
        job.percent(100 * step / steps);
        std::this_thread::sleep_for(20ms);
    }
}

void suffer_one(const Fault& fault, plugin::Job& job, bool begun) {
    if (fault.name == "crash") {
        std::signal(number(fault), SIG_DFL);
        std::raise(number(fault));
    } else if (fault.name == "exit") {
        ::_exit(number(fault));
    } else if (fault.name == "error") {
        throw plugin::Error(code_of(fault), "scripted " + fault.argument).vendor_code(4711);
    } else if (fault.name == "unsure") {
        throw plugin::Error(REKAM_E_DEVICE_ERROR, "the printer fell silent").effect(REKAM_EFFECT_UNKNOWN);
    } else if (fault.name == "slow") {
        slow(fault, job, begun);
    } else if (fault.name == "hang") {
        for (;;)
            std::this_thread::sleep_for(1s);
    } else {
        throw unreadable(fault);
    }
}

// The lines of the script for this device at this point, in order.
std::vector<Fault> faults_of(const char* script, std::string_view device, std::string_view point) {
    std::vector<Fault> found;
    std::ifstream file(script);
    std::string line;
    for (int count = 1; std::getline(file, line); ++count) {
        std::istringstream words(line);
        Fault fault;
        fault.line = count;
        if (!(words >> fault.device) || fault.device.starts_with('#'))
            continue;
        fault.once = fault.device == "once";
        if (fault.once)
            words >> fault.device;
        words >> fault.point >> fault.name >> fault.argument;
        if ((fault.device == "*" || fault.device == device) && fault.point == point)
            found.push_back(fault);
    }
    return found;
}

} // namespace

std::optional<int> scripted_figure(std::string_view device, std::string_view name) {
    const char* script = std::getenv("REKAM_MOCK_CARD_FAULTS");
    std::optional<int> figure;
    if (script)
        for (const auto& fault : faults_of(script, device, "health"))
            if (fault.name == name)
                figure = number(fault);
    return figure;
}

void suffer(std::string_view device, std::string_view point, plugin::Job& job, bool begun) {
    const char* script = std::getenv("REKAM_MOCK_CARD_FAULTS");
    if (!script)
        return;
    for (const auto& fault : faults_of(script, device, point))
        if (!fault.once || first_use(script, fault))
            suffer_one(fault, job, begun);
}

} // namespace rekam::mock_card
