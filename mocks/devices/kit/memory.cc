// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/memory.h"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rekam::mock {
namespace {

namespace fs = std::filesystem;

std::string contents(const std::string& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

[[noreturn]] void cannot_write(const std::string& path) {
    throw plugin::Error(REKAM_E_PERMISSION_DENIED, path + " cannot be written (" + std::strerror(errno) +
                                                       "): grant its folder in writable_paths of plugins.d");
}

// At once: nobody reads half of it.
void replace(const std::string& path, std::string_view text) {
    const std::string fresh = path + "." + std::to_string(::getpid()) + ".new";
    std::ofstream file(fresh, std::ios::trunc);
    file << text;
    file.close();
    if (!file || ::rename(fresh.c_str(), path.c_str()) != 0)
        cannot_write(path);
}

// Adds one to the number in that file, unless it is `most` already; nothing where it cannot be written. Exact over
// processes.
std::optional<uint32_t> count(const std::string& path, uint32_t most) {
    const int fd = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return std::nullopt;
    std::optional<uint32_t> before;
    char text[16]{};
    if (::flock(fd, LOCK_EX) == 0 && ::read(fd, text, sizeof text - 1) >= 0) {
        before = static_cast<uint32_t>(std::strtoul(text, nullptr, 10));
        if (*before < most) {
            const std::string fresh = std::to_string(*before + 1);
            if (::pwrite(fd, fresh.data(), fresh.size(), 0) != static_cast<ssize_t>(fresh.size()))
                before.reset();
        }
    }
    ::close(fd); // and with it the lock
    return before;
}

// Which writing of the file this is: one that is written anew counts anew.
std::string edition(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return "0";
    return std::to_string(status.st_ino) + "-" + std::to_string(status.st_mtim.tv_sec) + "-" +
           std::to_string(status.st_mtim.tv_nsec);
}

} // namespace

bool Absence::over(uint64_t now_us) const { return away_us != 0 && now_us >= since_us + period_us * count; }

bool Absence::at(uint64_t now_us) const {
    if (now_us < since_us || over(now_us))
        return false;
    return away_us == 0 || (now_us - since_us) % period_us < away_us;
}

Memory::Memory(std::string variable) : variable_(std::move(variable)) {
    if (const char* script = std::getenv(variable_.c_str()))
        path_ = script;
}

std::string Memory::beside(std::string_view device, std::string_view what) const {
    std::string safe;
    for (const char c : device)
        safe += std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ? c : '_';
    return path_ + "." + safe + "." + std::string(what);
}

const Script& Memory::script(std::string_view device) {
    if (!exists())
        return script_;
    const std::string live = beside(device, "live");
    const std::string now = edition(path_) + " " + edition(live);
    if (now == edition_)
        return script_;
    Script script = parse_faults(contents(path_), path_);
    for (const Fault& fault : script.faults)
        if (fault.is("replug"))
            throw plugin::Error(REKAM_E_NOT_READY, path_ + ", line " + std::to_string(fault.line) +
                                                       ": replug is told live only; write unplug with ms = ...");
    for (Fault& fault : parse_faults(contents(live), live).faults) {
        fault.live = true;
        fault.device = device;
        script.faults.push_back(std::move(fault));
    }
    script_ = std::move(script);
    edition_ = now;
    return script_;
}

// Faults of the file are used up by all devices together, as one script is; live ones by their device.
std::string Memory::counter_of(std::string_view device, const Fault& fault) const {
    const std::string file = fault.live ? beside(device, "live") : path_;
    return file + "." + edition(file) + "-" + std::to_string(fault.line) + ".used";
}

bool Memory::use(std::string_view device, const Fault& fault) const {
    const uint32_t times = fault.when.times;
    if (times == 0)
        return true;
    const std::string path = counter_of(device, fault);
    const auto before = count(path, times);
    if (!before)
        cannot_write(path);
    return *before < times;
}

bool Memory::used_up(std::string_view device, const Fault& fault) const {
    const uint32_t times = fault.when.times;
    return times != 0 && std::strtoul(contents(counter_of(device, fault)).c_str(), nullptr, 10) >= times;
}

uint32_t Memory::opened(std::string_view device) const {
    return count(beside(device, "opened"), UINT32_MAX).value_or(0);
}

std::optional<Absence> Memory::absence(std::string_view device) const {
    if (!exists())
        return std::nullopt;
    std::ifstream file(beside(device, "gone"));
    Absence absence;
    if (!(file >> absence.since_us >> absence.away_us >> absence.period_us >> absence.count))
        return std::nullopt;
    return absence;
}

void Memory::leave(std::string_view device, const Absence& absence) const {
    replace(beside(device, "gone"), std::to_string(absence.since_us) + " " + std::to_string(absence.away_us) + " " +
                                        std::to_string(absence.period_us) + " " + std::to_string(absence.count) + "\n");
}

void Memory::tell(std::string_view device, std::string_view text) const {
    if (!exists())
        throw plugin::Error(REKAM_E_NOT_READY,
                            variable_ + " is not set: let it name a file in a folder that writable_paths grants");
    try {
        (void)parse_faults(text, "the faults");
    } catch (const plugin::Error& error) { // whoever tells it is wrong, not the device
        throw plugin::Error(REKAM_E_OUT_OF_RANGE, error.what());
    }
    forget(device);
    if (!text.empty())
        replace(beside(device, "live"), text);
}

void Memory::forget(std::string_view device) const {
    const std::string live = fs::path(beside(device, "live")).filename();
    std::error_code ignored;
    fs::remove(beside(device, "gone"), ignored);
    for (const auto& entry : fs::directory_iterator(fs::path(path_).parent_path(), ignored))
        if (entry.path().filename().string().starts_with(live))
            fs::remove(entry.path(), ignored);
}

} // namespace rekam::mock
