// SPDX-License-Identifier: Apache-2.0 OR MIT
// The bytes of one frame: a memfd filled with write(2) and hashed as they arrive. One thread.
#pragma once

#include "core/base/digest.h"
#include "core/io/fd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rekam::host {

/// A page of A4 in colour at 1,200 dpi is 420 MB.
constexpr std::uint64_t max_frame_bytes = std::uint64_t{1} << 30;

/// Where converters write to.
class ByteSink {
  public:
    virtual void write(std::string_view bytes) = 0;

  protected:
    ~ByteSink() = default;
};

class FrameFile final : public ByteSink {
  public:
    /// `hashed`: false for pixels that will be converted, whose own hash nobody wants. Throws std::system_error.
    explicit FrameFile(bool hashed);

    /// Throws std::system_error; std::length_error beyond max_frame_bytes.
    void write(std::string_view bytes) override;

    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] int descriptor() const { return memfd_.get(); }
    [[nodiscard]] bool hashed() const { return digest_.has_value(); }

    /// "sha256:<hex>" of everything written; once, and only where hashed.
    std::string finish_hash();

    /// Seals it against every change and gives it away. Throws std::system_error: then it must not be delivered.
    io::Fd seal();

  private:
    io::Fd memfd_;
    std::uint64_t bytes_ = 0;
    std::optional<Sha256> digest_;
};

/// Read-only view of what a FrameFile holds, for converters; gone before it is sealed.
class FrameView {
  public:
    explicit FrameView(const FrameFile& file); ///< throws std::system_error
    ~FrameView();
    FrameView(const FrameView&) = delete;
    FrameView& operator=(const FrameView&) = delete;
    [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(mapped_), size_}; }

  private:
    void* mapped_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace rekam::host
