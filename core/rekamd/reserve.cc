// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/reserve.h"

#include "core/io/fd.h"

#include <system_error>

#include <sys/stat.h>
#include <sys/statvfs.h>

namespace rekam::rekamd {
namespace {

constexpr std::int64_t block_bytes = 512; ///< of st_blocks, on every file system

/// What the file really takes on the disk.
std::int64_t room_of(const std::filesystem::path& file) {
    struct stat facts {};
    return ::stat(file.c_str(), &facts) == 0 ? facts.st_blocks * block_bytes : 0;
}

} // namespace

std::int64_t free_bytes(const std::filesystem::path& directory) {
    struct statvfs facts {};
    if (::statvfs(directory.c_str(), &facts) != 0)
        return 0;
    return static_cast<std::int64_t>(facts.f_bavail) * static_cast<std::int64_t>(facts.f_frsize);
}

void Reserve::take() {
    std::error_code none;
    if (bytes_ == 0 || (!taken_ && std::filesystem::file_size(file_, none) != static_cast<std::uintmax_t>(bytes_)))
        std::filesystem::remove(file_, none); // another size was wanted, or it was cut short
    if (taken_ || bytes_ == 0)
        return;
    taken_ = room_of(file_) >= bytes_;
    if (taken_ || free_bytes(file_.parent_path()) < 2 * bytes_)
        return;
    const io::Fd file(::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    taken_ = file && ::posix_fallocate(file.get(), 0, bytes_) == 0 && ::fsync(file.get()) == 0;
    if (!taken_)
        std::filesystem::remove(file_, none);
}

bool Reserve::give_up() {
    std::error_code none;
    taken_ = false;
    return std::filesystem::remove(file_, none);
}

} // namespace rekam::rekamd
