// SPDX-License-Identifier: Apache-2.0 OR MIT
// One open scanner as SANE shows it. Thread: the SANE thread, from open to close.
#pragma once

#include "plugins/sane/net_guard.h"
#include "plugins/sane/status.h"
#include "plugins/sane/words.h"

namespace rekam::sane {

class Backend {
  public:
    /// sane_open; throws Error.
    explicit Backend(const std::string& sane_name);
    ~Backend();
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    SANE_Handle handle() const { return handle_; }
    /// Before every call that asks the scanner something. Throws DEVICE_GONE when its server has closed the connection.
    void check_connection() const;
    /// The descriptors as they are now. Valid until the next write.
    const Options& options();
    std::optional<Value> read(const Option& option);
    /// Sets, and returns what the scanner made of it. key: how the client named it, for the error.
    Value write(const std::string& option, const Value& value, const std::string& key);
    /// What every option that can be read and set reads now.
    std::vector<Setting> values();

  private:
    static SANE_Handle open(const std::string& sane_name);

    const SANE_Handle handle_;
    const NetGuard guard_;
    Options options_;
    bool stale_ = true;
};

} // namespace rekam::sane
