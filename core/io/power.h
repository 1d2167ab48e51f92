// SPDX-License-Identifier: Apache-2.0
// What the machine runs on, from the kernel's list of power supplies.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace rekam::io {

struct Power {
    bool on_battery = false;             ///< a battery of the machine is being emptied, and nothing else feeds it
    std::optional<std::int64_t> percent; ///< what is left, over all of its batteries; empty: it has none
    bool operator==(const Power&) const = default;
};

class PowerSupplies {
  public:
    explicit PowerSupplies(std::filesystem::path root = "/sys/class/power_supply") : root_(std::move(root)) {}
    /// A file that cannot be read counts as not there: a supply may be unplugged at any moment.
    [[nodiscard]] Power read() const;

  private:
    std::filesystem::path root_;
};

} // namespace rekam::io
