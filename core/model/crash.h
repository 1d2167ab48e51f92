// SPDX-License-Identifier: Apache-2.0
// The fingerprint of a plugin that ended when it should not have.
#pragma once

#include "core/model/vocabulary.h"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rekam::model {

/// How a plugin's process ended by itself, or was ended: enough to tell one fault from another, and to tell the vendor.
struct Crash {
    std::string plugin;
    std::optional<std::string> version;
    PluginCall call = PluginCall::idle;
    std::optional<std::int64_t> signal, exit_code; ///< neither: the station ended it
    std::vector<std::string> output;               ///< the last lines that it wrote, the vendor's words
};
BOOST_DESCRIBE_STRUCT(Crash, (), (plugin, version, call, signal, exit_code, output))

} // namespace rekam::model
