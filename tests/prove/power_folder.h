// SPDX-License-Identifier: Apache-2.0
// The folder of the journal's files on the disk whose power fails. What segment_file.cc asks of the kernel comes
// through here (the linker's --wrap), is done in the real folder, and is kept in mind as long as no fsync has made it
// last: of bytes any part may be there after the power was out, of names (made, moved, deleted) only the first ones.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace rekam::prove {

class PowerFolder {
  public:
    static PowerFolder& instance();

    /// This folder from now on; it does not exist yet.
    void watch(std::filesystem::path folder);
    /// What the cache had is decided by chance, and written into the real folder.
    void power_on(std::mt19937_64& random);
    [[nodiscard]] const std::filesystem::path& path() const { return folder_; }

    // What the wrapped calls tell, when they were done.
    void opened(int fd, const std::filesystem::path& path, bool emptied);
    void wrote(int fd, const char* bytes, std::size_t count);
    void synced(int fd);
    void renamed(const std::filesystem::path& from, const std::filesystem::path& to);
    void unlinked(const std::filesystem::path& path);
    [[nodiscard]] bool knows(int fd) const { return open_.contains(fd); }
    [[nodiscard]] bool has(const std::filesystem::path& path) const { return path.parent_path() == folder_; }
    [[nodiscard]] bool is(const std::filesystem::path& path) const { return path == folder_; }

  private:
    struct File {
        std::string seen, durable;
    };
    using Names = std::map<std::string, int>;
    static constexpr int the_folder = 0;

    std::filesystem::path folder_;
    std::map<int, int> open_; ///< descriptor -> file
    std::map<int, File> files_;
    Names names_, durable_;
    std::vector<std::function<void(Names&)>> changes_; ///< of names, since the folder was synchronised
    int last_file_ = 0;
};

} // namespace rekam::prove
