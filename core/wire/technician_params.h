// SPDX-License-Identifier: Apache-2.0
// What a technician asks for (core/wire/rights.h): which device stands behind a slot, and whether it is in service.
#pragma once

#include "core/wire/requests.h"

namespace rekam::wire {

using DeviceId = Text<1, 256>;

struct SlotBindParams {
    static constexpr bool closed = true;
    SlotName slot;
    DeviceId device;
};
BOOST_DESCRIBE_STRUCT(SlotBindParams, (), (slot, device))

struct SlotHoldParams {
    static constexpr bool closed = true;
    SlotName slot;
    Text<1, 256> reason;
    std::optional<Label> by; ///< who says so, if that is not the session's operator
};
BOOST_DESCRIBE_STRUCT(SlotHoldParams, (), (slot, reason, by))

struct SlotReleaseParams {
    static constexpr bool closed = true;
    SlotName slot;
    std::optional<Label> by;
};
BOOST_DESCRIBE_STRUCT(SlotReleaseParams, (), (slot, by))

struct SlotReplaceParams {
    static constexpr bool closed = true;
    SlotName slot;
    std::optional<DeviceId> device; ///< absent: what could take its place
    std::optional<Label> by;
};
BOOST_DESCRIBE_STRUCT(SlotReplaceParams, (), (slot, device, by))

struct SlotResetParams {
    static constexpr bool closed = true;
    SlotName slot;
    std::optional<model::ResetLevel> level; ///< absent: one deeper than what was tried last without success
    std::optional<Label> by;
};
BOOST_DESCRIBE_STRUCT(SlotResetParams, (), (slot, level, by))

/// "Which of the two is it?"
struct SlotIdentifyParams {
    static constexpr bool closed = true;
    SlotName slot;
    std::optional<Int<0, 60>> seconds; ///< absent: 5; 0 ends it
    std::optional<Label> by;
};
BOOST_DESCRIBE_STRUCT(SlotIdentifyParams, (), (slot, seconds, by))

/// Exactly one of them.
struct DoctorParams {
    static constexpr bool closed = true;
    std::optional<SlotName> slot;
    std::optional<DeviceId> device;
};
BOOST_DESCRIBE_STRUCT(DoctorParams, (), (slot, device))

struct PluginReloadParams {
    static constexpr bool closed = true;
    Label plugin;
};
BOOST_DESCRIBE_STRUCT(PluginReloadParams, (), (plugin))

/// Exactly one of them.
struct ClearQuarantineParams {
    static constexpr bool closed = true;
    std::optional<Label> plugin;
    std::optional<DeviceId> device;
};
BOOST_DESCRIBE_STRUCT(ClearQuarantineParams, (), (plugin, device))

} // namespace rekam::wire
