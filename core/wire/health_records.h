// SPDX-License-Identifier: Apache-2.0
// How a device is, what it uses up, and what it has done (sdk/schema: health, statistics), as structs.
#pragma once

#include "core/wire/frame_record.h"

#include <map>

namespace rekam::wire {

/// A figure that a check measured: "temperature" in 0.1 °C.
struct HealthReading {
    std::string name;
    std::int64_t value = 0;
};
BOOST_DESCRIBE_STRUCT(HealthReading, (), (name, value))

struct HealthCheck {
    std::string component;
    model::HealthState state = model::HealthState::unknown;
    std::optional<std::string> evidence, hint;
    std::optional<model::Who> who;
    std::optional<HealthReading> reading;
};
BOOST_DESCRIBE_STRUCT(HealthCheck, (), (component, state, evidence, hint, who, reading))

/// Something that a device uses up. What it does not know is absent.
struct Consumable {
    std::string name;
    std::optional<std::string> unit;
    std::optional<std::int64_t> left, of, low_at; ///< low_at: from here on somebody should see to it
    std::optional<std::string> hint;              ///< what to do then
    std::optional<model::Who> who;
    std::optional<bool> essential; ///< at 0 the device cannot work
};
BOOST_DESCRIBE_STRUCT(Consumable, (), (name, unit, left, of, low_at, hint, who, essential))

/// What a device's last health check said, on request or of the station's own accord.
struct LastHealth {
    model::HealthLevel level = model::HealthLevel::self;
    model::HealthState state = model::HealthState::unknown;
    std::vector<HealthCheck> checks;
    std::optional<std::vector<Consumable>> consumables;
    Time at;
};
BOOST_DESCRIBE_STRUCT(LastHealth, (), (level, state, checks, consumables, at))

/// What a device has done since its last service visit. Kept over restarts.
struct StateChange {
    model::Operating state = model::Operating::absent;
    Time at;
    std::optional<std::string> code; ///< of the error that it had then
};
BOOST_DESCRIBE_STRUCT(StateChange, (), (state, at, code))
struct Statistics {
    std::string device;
    Time since;
    std::optional<std::string> reset_by;
    std::int64_t captures = 0, retakes = 0, prints = 0, cards = 0; ///< that were done; retakes: of the captures
    std::int64_t busy_ms = 0, restarts = 0;
    std::map<std::string, std::int64_t> failures; ///< by error code
    std::vector<StateChange> history;             ///< the newest last; ready and busy are one state here
};
BOOST_DESCRIBE_STRUCT(Statistics, (),
                      (device, since, reset_by, captures, retakes, prints, cards, busy_ms, restarts, failures, history))

} // namespace rekam::wire
