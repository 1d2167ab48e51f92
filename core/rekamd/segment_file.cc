// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/segment_file.h"

#include <cerrno>
#include <charconv>
#include <system_error>

#include <sys/stat.h>

namespace rekam::rekamd {
namespace {

namespace fs = std::filesystem;

constexpr const char* unfinished = ".part";

[[noreturn]] void fail(const fs::path& path, const char* doing) {
    throw std::system_error(errno, std::generic_category(),
                            path.string() + " cannot be " + doing +
                                ": check free space, owner and mode; the entries stay in the store until it can");
}

void sync_directory(const fs::path& directory) {
    const io::Fd folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::fsync(folder.get()) != 0)
        fail(directory, "synchronised");
}

void make_directory_durable(const fs::path& directory) {
    if (::mkdir(directory.c_str(), 0700) == 0)
        sync_directory(directory.parent_path());
    else if (errno != EEXIST)
        fail(directory, "made");
}

} // namespace

SegmentFile::SegmentFile(fs::path directory, std::string name)
    : directory_(std::move(directory)), part_(directory_ / (name + unfinished)), name_(std::move(name)) {
    make_directory_durable(directory_);
    // Only the station's: slots, devices and times are in it, though nobody's name is.
    file_.reset(::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file_)
        fail(part_, "made");
}

SegmentFile::~SegmentFile() {
    if (!sealed_)
        ::unlink(part_.c_str());
}

void SegmentFile::write(std::string_view text) {
    digest_.update(text);
    bytes_ += static_cast<std::int64_t>(text.size());
    while (!text.empty()) {
        const auto written = ::write(file_.get(), text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            fail(part_, "written");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fdatasync(file_.get()) != 0)
        fail(part_, "written");
}

void SegmentFile::seal() {
    const fs::path whole = directory_ / name_;
    if (::fsync(file_.get()) != 0 || ::rename(part_.c_str(), whole.c_str()) != 0)
        fail(whole, "written");
    sealed_ = true;
    sync_directory(directory_);
}

void remove_segment(const fs::path& file) {
    if (::unlink(file.c_str()) == 0)
        sync_directory(file.parent_path());
    else if (errno != ENOENT)
        fail(file, "deleted");
}

void remove_leftovers(const fs::path& directory, std::int64_t first) {
    std::error_code none;
    for (fs::directory_iterator entry(directory, none), end; !none && entry != end; entry.increment(none)) {
        const std::string name = entry->path().filename().string();
        std::int64_t begins = 0;
        const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), begins);
        if (error != std::errc() || *rest != '-')
            continue; // not ours
        if (name.ends_with(unfinished) || (name.ends_with(".jsonl") && begins >= first))
            remove_segment(entry->path());
    }
}

} // namespace rekam::rekamd
