// SPDX-License-Identifier: Apache-2.0
// A file descriptor with one owner. Everything in core/io that returns a descriptor returns one of these; a bare int is
// borrowed. The one exception is wire::Message, whose descriptors are numbers (core/io/channel.h says who owns them).
#pragma once

#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace rekam::io {

class Fd {
  public:
    Fd() = default;
    explicit Fd(int number) : number_(number) {}
    Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other)
            reset(std::exchange(other.number_, -1));
        return *this;
    }
    ~Fd() { reset(); }

    [[nodiscard]] int get() const { return number_; }
    [[nodiscard]] explicit operator bool() const { return number_ >= 0; }

    /// Gives the number away; the caller closes it.
    [[nodiscard]] int release() { return std::exchange(number_, -1); }

    /// Closes what is held, then holds `number`.
    void reset(int number = -1) {
        // The analyzer loses the number of one that came through a structured binding.
        if (number_ >= 0) // NOLINT(clang-analyzer-core.UndefinedBinaryOperatorResult)
            ::close(number_);
        number_ = number;
    }

  private:
    int number_ = -1;
};

/// A second descriptor of the same open file, close-on-exec; empty with errno set when there is none to be had.
inline Fd duplicate(int number) { return Fd(::fcntl(number, F_DUPFD_CLOEXEC, 3)); }

} // namespace rekam::io
