// SPDX-License-Identifier: Apache-2.0
// What a tester tells a made-up device through its host or its lister, and what it answers.
#pragma once

#include "core/wire/json.h"

#include <boost/describe/class.hpp>

#include <string>
#include <vector>

namespace rekam::wire {

/// host_mock: what a tester tells a made-up device. prefix.job names the call.
struct HostMock {
    std::int64_t call = 0; ///< in EnumStart, where the prefix is another's
    std::string device;    ///< the plugin's own id
    bool set = false;      ///< else it is only asked
    std::vector<RawJson> faults;
};
BOOST_DESCRIBE_STRUCT(HostMock, (), (call, device, set, faults))

/// What a made-up device says of itself.
struct MockState {
    bool plugged = true;
    std::vector<RawJson> faults, known;
};
BOOST_DESCRIBE_STRUCT(MockState, (), (plugged, faults, known))
} // namespace rekam::wire
