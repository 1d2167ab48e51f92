// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/places.h"

#include "core/base/digest.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <thread>

#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

namespace rekam::rekamd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_digits = 64;

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
    throw std::runtime_error(path.string() + " " + what + ": " + std::strerror(errno));
}

std::string read_small(int file) {
    std::array<char, 256> bytes{};
    const ssize_t size = ::pread(file, bytes.data(), bytes.size(), 0);
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

std::string now_text() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

bool is_key(const std::string& text) {
    return text.size() == key_digits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

} // namespace

void make_directory(const fs::path& directory, unsigned mode) {
    std::error_code error;
    fs::create_directories(directory.parent_path(), error);
    if (::mkdir(directory.c_str(), mode) == 0 && ::chmod(directory.c_str(), mode) == 0)
        return;
    struct stat facts {};
    if (::stat(directory.c_str(), &facts) != 0)
        fail(directory, "cannot be made");
    if (!S_ISDIR(facts.st_mode))
        throw std::runtime_error(directory.string() + " is no directory");
    if (facts.st_uid != ::geteuid() || (facts.st_mode & S_IWOTH) != 0)
        throw std::runtime_error(directory.string() + " must belong to the user that runs rekamd, and nobody else may "
                                                      "write in it");
    if (::access(directory.c_str(), W_OK | X_OK) != 0)
        fail(directory, "cannot be written");
}

io::Fd hold_directory(const fs::path& directory) {
    const fs::path path = directory / "rekamd.lock";
    io::Fd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!lock)
        fail(path, "cannot be made");
    // A rekamd that was just killed holds the lock until its last thread is gone: a restart must not trip over that.
    int tries_left = 100;
    while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK && --tries_left > 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            continue;
        }
        if (errno != EWOULDBLOCK)
            fail(path, "cannot be locked");
        throw HeldByAnother("rekamd runs already on " + directory.string() + ": " + read_small(lock.get()));
    }
    const std::string who = "process " + std::to_string(::getpid()) + ", since " + now_text();
    if (::ftruncate(lock.get(), 0) != 0 ||
        ::pwrite(lock.get(), who.data(), who.size(), 0) != static_cast<ssize_t>(who.size()))
        fail(path, "cannot be written");
    return lock;
}

namespace {

/// 64 hex digits from DIRECTORY/NAME, made when they are not there. Durable when this returns.
std::string kept_digits(const fs::path& directory, const std::string& name, unsigned mode) {
    const fs::path path = directory / name;
    if (const io::Fd existing(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)); existing) {
        struct stat facts {};
        std::string key = read_small(existing.get());
        key.erase(std::min(key.find('\n'), key.size()));
        const bool private_enough = ::fstat(existing.get(), &facts) == 0 && facts.st_uid == ::geteuid() &&
                                    (facts.st_mode & 07777U & ~mode & ~0600U) == 0;
        if (is_key(key) && private_enough)
            return key;
    }
    // Anything else there is replaced: a key that others could read or choose protects nothing.
    std::array<char, key_digits / 2> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
        fail(path, "needs random numbers");
    const std::string key = to_hex({random.data(), random.size()}) + "\n";
    const fs::path fresh = directory / (name + ".new");
    ::unlink(fresh.c_str());
    const io::Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!file || ::fchmod(file.get(), mode) != 0 ||
        ::write(file.get(), key.data(), key.size()) != static_cast<ssize_t>(key.size()) || ::fsync(file.get()) != 0 ||
        ::rename(fresh.c_str(), path.c_str()) != 0)
        fail(path, "cannot be written");
    const io::Fd folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::fsync(folder.get()) != 0)
        fail(directory, "cannot be synchronised");
    return key.substr(0, key_digits);
}

} // namespace

std::string station_key(const fs::path& directory) { return kept_digits(directory, "station.key", 0640); }

std::string journal_seed(const fs::path& directory) {
    return from_hex(kept_digits(directory, "journal.key", 0600)).value();
}

} // namespace rekam::rekamd
