// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace rekam::sim {

/// An invariant does not hold: ends the run.
class Violation : public std::runtime_error {
  public:
    Violation(std::string_view invariant, const std::string& what) : std::runtime_error(what), invariant_(invariant) {}
    [[nodiscard]] const std::string& invariant() const { return invariant_; }

  private:
    std::string invariant_;
};

/// Throws a Violation unless `holds`.
inline void require(bool holds, std::string_view invariant, const std::string& what) {
    if (!holds)
        throw Violation(invariant, what);
}

} // namespace rekam::sim
