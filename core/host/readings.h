// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a plugin says besides frames (rekam_job_t::result), checked and brought into the vocabulary's form.
#pragma once

#include "core/host/request.h"

namespace rekam::host {

/// Of all results of a job: beside frames' records it has to fit one message.
constexpr std::size_t max_result_bytes = 48 * 1024;

class ReadingsMaker {
  public:
    /// What is wrong with it (too-large, or bad-frame), or nothing. The size is checked before anything is parsed.
    std::optional<model::Error> add(const std::string& key, std::string_view json);

    /// After a good end. An error: what the plugin gave does not fit what was asked, or is no such thing.
    [[nodiscard]] wire::Expected<wire::Readings> finish(const Request& request) const;

  private:
    std::map<std::string, std::size_t> bytes_;
    std::optional<wire::Samples> samples_;
    std::optional<wire::MrzLines> lines_;
    std::optional<wire::Eyes> eyes_;
};

} // namespace rekam::host
