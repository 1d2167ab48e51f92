// SPDX-License-Identifier: Apache-2.0 OR MIT
// Whether the server behind a "net:" scanner is still connected. SANE's net client (up to 1.1 at least) does not check:
// a call over a dead connection makes it use an answer that never came, uninitialised, and may end the process.
// Thread: the SANE thread.
#pragma once

#include <string>

namespace rekam::sane {

class NetGuard {
  public:
    /// After sane_open. A scanner of this machine has no connection and never loses it.
    explicit NetGuard(const std::string& sane_name);
    bool lost() const;

  private:
    int fd_ = -1; // SANE's own; only looked at
};

} // namespace rekam::sane
