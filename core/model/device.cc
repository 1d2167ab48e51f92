// SPDX-License-Identifier: Apache-2.0
#include "core/model/device.h"

#include "core/model/machine.h"

namespace rekam::model {

std::optional<DeviceState> next(DeviceState state, DeviceEvent event) {
    using S = DeviceState;
    using E = DeviceEvent;
    static constexpr Machine<S, E, 9, 13> machine{
        {S::absent, E::listed, S::closed},
        {S::closed, E::listed, S::closed},
        {S::closed, E::unlisted, S::absent},
        {S::closed, E::open, S::starting},
        {S::down, E::open, S::starting},
        {S::absent, E::open, S::starting},
        {S::starting, E::ready, S::ready},
        {S::ready, E::begin, S::busy},
        {S::degraded, E::begin, S::busy},
        {S::busy, E::end, S::ready},
        {S::ready, E::degrade, S::degraded},
        {S::busy, E::degrade, S::busy},
        {S::degraded, E::degrade, S::degraded},
        {S::degraded, E::recover, S::ready},
        {S::ready, E::recover, S::ready},
        {S::busy, E::recover, S::busy},
        {S::starting, E::fail, S::down},
        {S::ready, E::fail, S::down},
        {S::busy, E::fail, S::down},
        {S::degraded, E::fail, S::down},
        {S::down, E::fail, S::down},
        {S::down, E::listed, S::down},
        {S::down, E::unlisted, S::absent},
        {S::ready, E::listed, S::ready},
        {S::busy, E::listed, S::busy},
        {S::degraded, E::listed, S::degraded},
        {S::starting, E::listed, S::starting},
        {S::quarantined, E::listed, S::quarantined},
        {S::stuck, E::listed, S::stuck},
        {S::ready, E::close, S::closed},
        {S::degraded, E::close, S::closed},
        {S::down, E::close, S::closed},
        {S::starting, E::close, S::closed},
        {S::busy, E::close, S::closed},
        {S::quarantined, E::close, S::closed},
        {S::down, E::quarantine, S::quarantined},
        {S::quarantined, E::clear, S::down},
        {S::down, E::stick, S::stuck},
        {S::busy, E::stick, S::stuck},
        {S::ready, E::stick, S::stuck},
        {S::starting, E::stick, S::stuck},
        {S::degraded, E::stick, S::stuck},
        {S::stuck, E::clear, S::down},
    };
    return machine.next(state, event);
}

Operating shown(DeviceState state) {
    switch (state) {
    case DeviceState::absent: return Operating::absent;
    case DeviceState::closed:
    case DeviceState::ready: return Operating::ready;
    case DeviceState::starting: return Operating::starting;
    case DeviceState::busy: return Operating::busy;
    case DeviceState::degraded: return Operating::degraded;
    case DeviceState::down: return Operating::down;
    case DeviceState::quarantined: return Operating::quarantined;
    case DeviceState::stuck: return Operating::stuck;
    }
    return Operating::absent;
}

std::optional<PluginState> next(PluginState state, PluginEvent event) {
    using S = PluginState;
    using E = PluginEvent;
    static constexpr Machine<S, E, 4, 4> machine{
        {S::starting, E::ready, S::ready},
        {S::ready, E::ready, S::ready},
        {S::down, E::ready, S::ready},
        {S::starting, E::fail, S::down},
        {S::ready, E::fail, S::down},
        {S::down, E::fail, S::down},
        {S::down, E::quarantine, S::quarantined},
        {S::quarantined, E::clear, S::starting},
    };
    return machine.next(state, event);
}

Operating shown(PluginState state) {
    switch (state) {
    case PluginState::starting: return Operating::starting;
    case PluginState::ready: return Operating::ready;
    case PluginState::down: return Operating::down;
    case PluginState::quarantined: return Operating::quarantined;
    }
    return Operating::down;
}

} // namespace rekam::model
