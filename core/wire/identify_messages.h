// SPDX-License-Identifier: Apache-2.0
// What broker and host say when a device is to show which one it is.
#pragma once

#include "core/wire/host_messages.h"

namespace rekam::wire {

/// host_identify: show it for about so long; 0 ends it.
struct HostIdentify {
    std::int64_t ms = 5'000;
};
BOOST_DESCRIBE_STRUCT(HostIdentify, (), (ms))
struct HostIdentified {
    std::vector<std::string> means; ///< "light", "sound", "motion", "screen"
    std::optional<Failure> failure;
};
BOOST_DESCRIBE_STRUCT(HostIdentified, (), (means, failure))

} // namespace rekam::wire
