// SPDX-License-Identifier: Apache-2.0
#include "core/io/memfd.h"

#include <cerrno>
#include <system_error>

#include <sys/mman.h>
#include <sys/stat.h>

namespace rekam::io {
namespace {

constexpr int all_seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
constexpr int buffer_seals = F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::int64_t bytes_under(int descriptor, int wanted) {
    const int seals = ::fcntl(descriptor, F_GET_SEALS);
    if (seals < 0 || (seals & wanted) != wanted)
        return -1;
    struct stat facts {};
    if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode))
        return -1;
    return facts.st_size;
}

void seal(int memfd, int seals) {
    if (::fcntl(memfd, F_ADD_SEALS, seals) != 0)
        fail("seal a memfd");
}

} // namespace

Fd create_memfd(const char* name) {
    Fd memfd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!memfd)
        fail("memfd_create");
    return memfd;
}

void write_memfd(int memfd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(memfd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            fail("write to a memfd");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void seal_memfd(int memfd) { seal(memfd, all_seals); }
std::int64_t sealed_bytes(int descriptor) { return bytes_under(descriptor, all_seals); }
void seal_buffer(int memfd) { seal(memfd, buffer_seals); }
std::int64_t buffer_bytes(int descriptor) { return bytes_under(descriptor, buffer_seals); }

Fd reopen_read_only(int memfd) {
    Fd reader(::open(("/proc/self/fd/" + std::to_string(memfd)).c_str(), O_RDONLY | O_CLOEXEC));
    if (!reader)
        fail("reopen a memfd");
    return reader;
}

std::string read_memfd(int memfd, std::int64_t offset, std::size_t length) {
    std::string bytes(length, '\0');
    std::size_t done = 0;
    while (done < length) {
        const ssize_t got = ::pread(memfd, bytes.data() + done, length - done, offset + static_cast<off_t>(done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            fail("read a memfd");
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

} // namespace rekam::io
