// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/commands.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace rekam::ctl {
namespace {

[[noreturn]] void fail(const std::string& path) { throw std::system_error(errno, std::generic_category(), path); }

void write_all(int file, std::string_view text, const std::string& path) {
    while (!text.empty()) {
        const ssize_t wrote = ::write(file, text.data(), text.size());
        if (wrote < 0 && errno != EINTR)
            fail(path);
        text.remove_prefix(wrote < 0 ? 0 : static_cast<std::size_t>(wrote));
    }
    if (::fsync(file) != 0)
        fail(path);
}

} // namespace

void write_file(const std::string& path, std::string_view text) {
    const std::string fresh = path + ".new";
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0)
        fail(path);
    try {
        write_all(file, text, path);
    } catch (...) {
        ::close(file);
        ::unlink(fresh.c_str());
        throw;
    }
    ::close(file);
    std::filesystem::rename(fresh, path);
}

} // namespace rekam::ctl
