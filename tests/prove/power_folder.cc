// SPDX-License-Identifier: Apache-2.0
#include "tests/prove/power_folder.h"

#include "tests/prove/power_disk.h"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

namespace rekam::prove {

PowerFolder& PowerFolder::instance() {
    static PowerFolder folder;
    return folder;
}

void PowerFolder::watch(std::filesystem::path folder) {
    *this = PowerFolder{};
    folder_ = std::move(folder);
    std::filesystem::remove_all(folder_);
}

void PowerFolder::opened(int fd, const std::filesystem::path& path, bool emptied) {
    open_.erase(fd); // the number was another's
    if (is(path)) {
        open_[fd] = the_folder;
        return;
    }
    if (!has(path))
        return;
    const std::string name = path.filename().string();
    if (!names_.contains(name) || emptied) { // a file that is emptied is as good as another one
        const int file = ++last_file_;
        changes_.emplace_back([name, file](Names& names) { names[name] = file; });
        changes_.back()(names_);
        files_[file] = {};
    }
    open_[fd] = names_.at(name);
}

void PowerFolder::wrote(int fd, const char* bytes, std::size_t count) {
    files_.at(open_.at(fd)).seen.append(bytes, count);
}

void PowerFolder::synced(int fd) {
    const int what = open_.at(fd);
    if (what != the_folder) {
        files_.at(what).durable = files_.at(what).seen;
        return;
    }
    durable_ = names_;
    changes_.clear();
}

void PowerFolder::renamed(const std::filesystem::path& from, const std::filesystem::path& to) {
    changes_.emplace_back([old = from.filename().string(), fresh = to.filename().string()](Names& names) {
        names[fresh] = names.at(old);
        names.erase(old);
    });
    changes_.back()(names_);
}

void PowerFolder::unlinked(const std::filesystem::path& path) {
    changes_.emplace_back([name = path.filename().string()](Names& names) { names.erase(name); });
    changes_.back()(names_);
}

void PowerFolder::power_on(std::mt19937_64& random) {
    open_.clear();
    for (auto survive = random() % (changes_.size() + 1); survive > 0; --survive) {
        changes_.front()(durable_);
        changes_.erase(changes_.begin());
    }
    changes_.clear();
    names_ = durable_;
    for (auto& [number, file] : files_) {
        const std::size_t tail = file.seen.size() - file.durable.size(); // they only grow
        std::string left = file.seen.substr(file.durable.size(), random() % (tail + 1));
        for (std::size_t at = 0; at < left.size(); at += PowerFile::sector_bytes)
            if (random() % 4 == 0) // its size has reached the platter, this sector has not
                left.replace(at, PowerFile::sector_bytes, std::min(PowerFile::sector_bytes, left.size() - at), '\0');
        file.durable += left;
        file.seen = file.durable;
    }
    if (!std::filesystem::exists(folder_))
        return;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
        std::filesystem::remove(entry);
    for (const auto& [name, file] : names_)
        std::ofstream(folder_ / name, std::ios::binary) << files_.at(file).seen;
}

} // namespace rekam::prove

// The calls themselves. Without power they fail, as a disk that is not there does.
extern "C" {
int __real_open(const char* path, int flags, ...);
ssize_t __real_write(int fd, const void* bytes, size_t count);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
int __real_rename(const char* from, const char* to);
int __real_unlink(const char* path);

int __wrap_open(const char* path, int flags, ...);
ssize_t __wrap_write(int fd, const void* bytes, size_t count);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_rename(const char* from, const char* to);
int __wrap_unlink(const char* path);
}

namespace {

rekam::prove::PowerFolder& folder() { return rekam::prove::PowerFolder::instance(); }

bool no_power() {
    if (rekam::prove::PowerDisk::instance().step())
        return false;
    errno = EIO;
    return true;
}

} // namespace

int __wrap_open(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    const bool ours = folder().has(path) || folder().is(path);
    if (ours && no_power())
        return -1;
    const int fd = __real_open(path, flags, mode);
    if (fd >= 0)
        folder().opened(fd, path, (flags & O_TRUNC) != 0);
    return fd;
}

ssize_t __wrap_write(int fd, const void* bytes, size_t count) {
    if (!folder().knows(fd))
        return __real_write(fd, bytes, count);
    if (no_power())
        return -1;
    const ssize_t written = __real_write(fd, bytes, count);
    if (written > 0)
        folder().wrote(fd, static_cast<const char*>(bytes), static_cast<std::size_t>(written));
    return written;
}

int __wrap_fsync(int fd) {
    if (!folder().knows(fd))
        return __real_fsync(fd);
    if (no_power())
        return -1;
    folder().synced(fd);
    return 0;
}

int __wrap_fdatasync(int fd) { return folder().knows(fd) ? __wrap_fsync(fd) : __real_fdatasync(fd); }

int __wrap_rename(const char* from, const char* to) {
    const bool ours = folder().has(from);
    if (ours && no_power())
        return -1;
    const int result = __real_rename(from, to);
    if (ours && result == 0)
        folder().renamed(from, to);
    return result;
}

int __wrap_unlink(const char* path) {
    const bool ours = folder().has(path);
    if (ours && no_power())
        return -1;
    const int result = __real_unlink(path);
    if (ours && result == 0)
        folder().unlinked(path);
    return result;
}
