// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the I/O thread tells a Lease.
#pragma once

#include <mutex>
#include <optional>

#include <rekam/client_error.h>

namespace rekam {

class LeaseState {
  public:
    void lose(const ErrorBody& error) {
        const std::lock_guard lock(mutex_);
        error_ = error;
    }

    std::optional<ErrorBody> error() const {
        const std::lock_guard lock(mutex_);
        return error_;
    }

  private:
    mutable std::mutex mutex_;
    std::optional<ErrorBody> error_;
};

} // namespace rekam
