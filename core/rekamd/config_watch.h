// SPDX-License-Identifier: Apache-2.0
// Notices that somebody changed a file of the configuration directory.
#pragma once

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <memory>

namespace rekam::rekamd {

class ConfigWatch {
  public:
    /// Calls `changed` some time after the last of a burst of changes: an editor writes a file in several steps. Throws
    /// std::system_error where the kernel has no watches left.
    ConfigWatch(boost::asio::io_context& loop, std::filesystem::path directory, std::function<void()> changed);
    ~ConfigWatch();
    ConfigWatch(const ConfigWatch&) = delete;
    ConfigWatch& operator=(const ConfigWatch&) = delete;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace rekam::rekamd
