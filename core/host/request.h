// SPDX-License-Identifier: Apache-2.0 OR MIT
// A job's parameters as the plugin reads them.
#pragma once

#include "core/wire/host_messages.h"

#include <rekam/records.h>

#include <deque>
#include <string>
#include <vector>

namespace rekam::host {

/// Owns everything that its record points to. Not movable: the record points inside.
class Request {
  public:
    /// Reads the client's parameters. On an error the request must not be used: `error()` says why.
    explicit Request(const wire::HostRun& run);
    /// For a health check: no subject, no parameters.
    Request();
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    [[nodiscard]] const rekam_request_t* record() const { return &record_; }
    [[nodiscard]] const std::optional<model::Error>& error() const { return error_; }
    [[nodiscard]] const std::vector<const char*>& formats() const { return formats_; }
    [[nodiscard]] std::int64_t accepted_mono_us() const { return static_cast<std::int64_t>(record_.accepted_mono_us); }

  private:
    void read_params(const boost::json::object& params);
    void read_formats(const boost::json::value& value);
    void read_exceptions(const boost::json::value& value);
    void add_option(const std::string& key, const boost::json::value& value);
    const char* keep(std::string_view text);
    void point();

    std::deque<std::string> texts_; // a deque does not move what it holds
    std::vector<const char*> formats_, parts_;
    std::vector<rekam_option_t> options_;
    std::vector<rekam_exception_t> exceptions_;
    std::optional<model::Error> error_;
    rekam_request_t record_{};
};

} // namespace rekam::host
