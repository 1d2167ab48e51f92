// SPDX-License-Identifier: Apache-2.0
// mock.*: what a tester tells devices that are made up, and what these answer.
#pragma once

#include "core/wire/requests.h"

namespace rekam::wire {

struct MockSetParams {
    static constexpr bool closed = true;
    Text<1, 256> device;
    List<RawJson, 0, 32> faults; ///< objects of the mock's own words
};
BOOST_DESCRIBE_STRUCT(MockSetParams, (), (device, faults))

struct MockClearParams {
    static constexpr bool closed = true;
    Text<1, 256> device;
};
BOOST_DESCRIBE_STRUCT(MockClearParams, (), (device))

struct MockGetParams {
    static constexpr bool closed = true;
    Text<1, 256> device;
};
BOOST_DESCRIBE_STRUCT(MockGetParams, (), (device))

struct MockResult {
    std::string device;
    bool plugged = true;
    std::vector<RawJson> faults, known;
};
BOOST_DESCRIBE_STRUCT(MockResult, (), (device, plugged, faults, known))

} // namespace rekam::wire
