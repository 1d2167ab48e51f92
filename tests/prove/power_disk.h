// SPDX-License-Identifier: Apache-2.0
// A disk under SQLite whose power can fail: what was not synchronised lies in a cache of 512-byte sectors, and each of
// them is kept, lost or torn when it does, in any order. Files live in memory. One per process: it becomes SQLite's
// default VFS.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace rekam::prove {

/// One file: what the programs see, and what the platter has.
class PowerFile {
  public:
    static constexpr std::size_t sector_bytes = 512;

    void write(std::size_t at, const char* bytes, std::size_t count);
    void truncate(std::size_t size);
    void sync();
    /// Only what the cache had may be otherwise than it was seen.
    void lose_power(std::mt19937_64& random);
    [[nodiscard]] const std::string& bytes() const { return seen_; }
    [[nodiscard]] bool is_dirty() const { return !versions_.empty() || sizes_.size() > 1; }

    std::vector<std::unique_ptr<std::vector<char>>> shared; ///< the WAL's index: in memory, gone with the power

  private:
    [[nodiscard]] std::string sector(std::size_t index) const;

    std::string seen_, durable_;
    std::map<std::size_t, std::vector<std::string>> versions_; ///< of each sector since the last sync, oldest first
    std::vector<std::size_t> sizes_{0};                        ///< the same of the file's length
};

class PowerDisk {
  public:
    /// The one disk. The first call makes it SQLite's default.
    static PowerDisk& instance();

    /// An empty disk with the power on.
    void format(std::uint64_t seed);
    /// The power fails at the count-th write, sync or truncation from now.
    void fail_after(std::int64_t count) { left_ = count; }
    void keep_power() { left_ = -1; }
    /// The power comes back: what the cache had is decided by chance.
    void power_on();

    /// WAL with synchronous=NORMAL: the log is synchronised before a checkpoint only. For the control.
    bool lazy_log = false;

    /// False: it is out, nothing is done any more. Counts.
    bool step();
    [[nodiscard]] bool is_on() const { return on_; }
    [[nodiscard]] std::int64_t steps() const { return steps_; }
    std::map<std::string, std::shared_ptr<PowerFile>> files;

  private:
    std::mt19937_64 random_;
    std::int64_t left_ = -1, steps_ = 0;
    bool on_ = true;
};

} // namespace rekam::prove
