// SPDX-License-Identifier: Apache-2.0
// One file of the journal's older entries while it is written: nobody sees it under its name before it is whole and on
// the disk. Every call may throw std::system_error, which names the file.
#pragma once

#include "core/base/digest.h"
#include "core/io/fd.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace rekam::rekamd {

class SegmentFile {
  public:
    /// Makes the directory if need be.
    SegmentFile(std::filesystem::path directory, std::string name);
    /// What was not sealed is taken away: on a full disk it would only be in the way.
    ~SegmentFile();
    SegmentFile(const SegmentFile&) = delete;
    SegmentFile& operator=(const SegmentFile&) = delete;

    /// On the disk when this returns: so a large file never waits for it all at once.
    void write(std::string_view text);
    /// Gives it its name, for good.
    void seal();

    [[nodiscard]] bool sealed() const { return sealed_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::int64_t bytes() const { return bytes_; }
    /// Of all that was written, in hex. Call it once.
    std::string sha256_hex() { return to_hex(digest_.finish()); }

  private:
    std::filesystem::path directory_, part_;
    std::string name_;
    io::Fd file_;
    Sha256 digest_;
    std::int64_t bytes_ = 0;
    bool sealed_ = false;
};

/// Takes a file away, also from the disk's directory; one that is gone already is no failure.
void remove_segment(const std::filesystem::path& file);

/// Takes away what a rotation that was cut short left: files that begin at `first` or later, and parts of files.
void remove_leftovers(const std::filesystem::path& directory, std::int64_t first);

} // namespace rekam::rekamd
