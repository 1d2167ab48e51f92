// SPDX-License-Identifier: Apache-2.0 OR MIT
// The memory of a preview's pictures: buffers that are mapped once, used again and again, and that nobody else can
// write. One thread.
#pragma once

#include "core/io/fd.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace rekam::host {

class Pool {
  public:
    Pool() = default;
    /// Every page is there when this returns: a page that is touched first while a picture comes costs more than the
    /// picture. Throws std::system_error, also where there is not so much memory.
    Pool(std::size_t count, std::size_t bytes);
    ~Pool();
    Pool(Pool&& other) noexcept { *this = std::move(other); }
    Pool& operator=(Pool&& other) noexcept;

    [[nodiscard]] std::size_t bytes() const { return bytes_; } ///< of each buffer
    [[nodiscard]] std::size_t count() const { return mapped_.size(); }
    [[nodiscard]] std::uint8_t* data(std::size_t buffer) const { return mapped_.at(buffer); }
    /// Once: to those who may look. The memory stays here without them.
    std::vector<io::Fd> take_descriptors() { return std::exchange(descriptors_, {}); }

  private:
    std::size_t bytes_ = 0;
    std::vector<std::uint8_t*> mapped_;
    std::vector<io::Fd> descriptors_;
};

} // namespace rekam::host
