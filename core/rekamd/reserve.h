// SPDX-License-Identifier: Apache-2.0
// Room that is kept back for a full disk: a file beside the store, given up when nothing else is left, so that what has
// begun can end and be recorded, and taken again when there is room for it.
#pragma once

#include <cstdint>
#include <filesystem>

namespace rekam::rekamd {

/// What those who are not root may still write in this directory; 0 where it cannot be said.
std::int64_t free_bytes(const std::filesystem::path& directory);

class Reserve {
  public:
    /// 0 bytes: none is wanted, and one that is there from before is given up with the first take().
    Reserve(std::filesystem::path file, std::int64_t bytes) : file_(std::move(file)), bytes_(bytes) {}

    /// Takes the room, unless it has it, if as much is left beside it: a disk that was full by a little would be full
    /// again at once. Cheap while there is none to take.
    void take();
    /// False: there was nothing to give.
    bool give_up();
    /// Some is wanted, and it could not be taken, or was given up.
    [[nodiscard]] bool is_missing() const { return bytes_ > 0 && !taken_; }

  private:
    std::filesystem::path file_;
    std::int64_t bytes_;
    bool taken_ = false;
};

} // namespace rekam::rekamd
