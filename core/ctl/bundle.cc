// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/bundle.h"

#include <archive.h>
#include <archive_entry.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace rekam::ctl {
namespace {

struct Free {
    void operator()(archive* writer) const { archive_write_free(writer); }
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

[[noreturn]] void fail(const std::string& path, const char* why) {
    throw std::runtime_error("the bundle " + path + " cannot be written: " + why);
}

void add(archive* writer, const std::string& name, const std::string& text, const std::string& path) {
    const std::unique_ptr<archive_entry, Free> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), std::time(nullptr), 0);
    if (archive_write_header(writer, entry.get()) != ARCHIVE_OK ||
        archive_write_data(writer, text.data(), text.size()) != static_cast<la_ssize_t>(text.size()))
        fail(path, archive_error_string(writer));
}

void pack(int file, const std::string& path, const std::string& folder, const BundleFiles& files) {
    const std::unique_ptr<archive, Free> writer(archive_write_new());
    archive_write_set_format_pax_restricted(writer.get());
    archive_write_add_filter_gzip(writer.get());
    if (archive_write_open_fd(writer.get(), file) != ARCHIVE_OK)
        fail(path, archive_error_string(writer.get()));
    for (const auto& [name, text] : files)
        add(writer.get(), folder + "/" + name, text, path);
    if (archive_write_close(writer.get()) != ARCHIVE_OK)
        fail(path, archive_error_string(writer.get()));
}

/// The name is on the disk as well.
void sync_directory_of(const std::string& path) {
    const auto parent = std::filesystem::absolute(path).parent_path();
    const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = directory >= 0 && ::fsync(directory) == 0;
    const int problem = errno;
    if (directory >= 0)
        ::close(directory);
    if (!synced)
        fail(path, std::strerror(problem));
}

} // namespace

void write_bundle(const std::string& path, const std::string& folder, const BundleFiles& files) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno == EEXIST)
        throw std::runtime_error(path + " is there already and is not overwritten: name another file with -o");
    if (file < 0)
        fail(path, std::strerror(errno));
    try {
        pack(file, path, folder, files);
        if (::fsync(file) != 0)
            fail(path, std::strerror(errno));
        sync_directory_of(path);
    } catch (...) {
        ::close(file);
        ::unlink(path.c_str());
        throw;
    }
    ::close(file);
}

} // namespace rekam::ctl
