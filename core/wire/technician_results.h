// SPDX-License-Identifier: Apache-2.0
// What a technician is answered: a replacement, a reset, a finding.
#pragma once

#include "core/wire/records.h"

namespace rekam::wire {

/// A device that could stand behind a slot.
struct Candidate {
    std::string device;
    std::optional<std::string> make, model, serial, physical, port;
    model::Operating state = model::Operating::absent;
    std::vector<std::string> slots;                  ///< that it stands behind already
    std::optional<std::vector<std::string>> missing; ///< of what the slot requires; absent until it was open once
};
BOOST_DESCRIBE_STRUCT(Candidate, (), (device, make, model, serial, physical, port, state, slots, missing))

struct ReplacedDevice {
    std::string device;
    std::optional<std::string> make, model, serial;
};
BOOST_DESCRIBE_STRUCT(ReplacedDevice, (), (device, make, model, serial))

struct Replaced {
    std::optional<ReplacedDevice> from; ///< absent: nothing stood there
    ReplacedDevice to;
    std::string by;
    model::HealthLevel level = model::HealthLevel::self; ///< of the check that it passed
    model::HealthState health = model::HealthState::unknown;
    std::optional<std::vector<std::string>> dropped; ///< of the slot's defaults: what the new one does not know
};
BOOST_DESCRIBE_STRUCT(Replaced, (), (from, to, by, level, health, dropped))

struct SlotReplaceResult {
    Slot slot;
    std::optional<std::vector<Candidate>> candidates; ///< without a device in the request
    std::optional<Replaced> replaced;                 ///< with one
};
BOOST_DESCRIBE_STRUCT(SlotReplaceResult, (), (slot, candidates, replaced))

struct SlotResetResult {
    std::string slot, device;
    model::ResetLevel level = model::ResetLevel::restart;
    model::Operating state = model::Operating::ready;
    std::int64_t took_ms = 0, resets = 0; ///< resets: of this device since the station started
};
BOOST_DESCRIBE_STRUCT(SlotResetResult, (), (slot, device, level, state, took_ms, resets))

struct SlotIdentifyResult {
    std::string slot, device;
    std::vector<std::string> means; ///< what it does now: "light", "sound", "motion", "screen"
    std::int64_t seconds = 0;
};
BOOST_DESCRIBE_STRUCT(SlotIdentifyResult, (), (slot, device, means, seconds))

struct Finding {
    std::optional<std::string> slot, device;
    model::Cause cause = model::Cause::healthy;
    std::string evidence;
    std::optional<model::Who> who; ///< absent: nothing has to be done
    std::optional<std::string> hint;
    std::string next; ///< what to do, in English
    std::optional<model::Crash> crash;
    std::optional<std::string> physical, port;        ///< where it is plugged in, and what people call that
    std::optional<std::vector<ProcessShown>> holders; ///< who has it open
    std::optional<std::string> rule;                  ///< for udev, where the permission is missing
};
BOOST_DESCRIBE_STRUCT(Finding, (),
                      (slot, device, cause, evidence, who, hint, next, crash, physical, port, holders, rule))

} // namespace rekam::wire
