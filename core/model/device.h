// SPDX-License-Identifier: Apache-2.0
// Operating state of a device, and of a plugin. A slot shows its device's.
//
//            listed              open            ready             begin
//   absent ─────────▶ (closed) ───────▶ starting ───────▶ ready ◀────────▶ busy
//     ▲ unlisted      shown as ready        │ fail     degrade │▲ recover  end │
//     │ (while not    with open=false       ▼                  ▼│               │
//     └─ open)                            down ◀──── fail ── degraded ◀─────────┘ (end while degraded)
//                                          │ │
//                          quarantine ◀────┘ └──▶ stuck   (its process does not die)
//   `open` leads from down back to starting; `clear` from quarantined to down.
//
//   plugin:  starting ──ready──▶ ready ──fail──▶ down ──quarantine──▶ quarantined ──clear──▶ starting
#pragma once

#include "core/model/vocabulary.h"

#include <optional>

namespace rekam::model {

enum class DeviceState : std::uint8_t { absent, closed, starting, ready, busy, degraded, down, quarantined, stuck };
template <> struct Names<DeviceState> {
    static constexpr std::array<std::string_view, 9> values{"absent",   "closed", "starting",    "ready", "busy",
                                                            "degraded", "down",   "quarantined", "stuck"};
};
enum class DeviceEvent : std::uint8_t {
    listed,
    unlisted,
    open,
    ready,
    begin,
    end,
    degrade,
    recover,
    fail,
    close,
    quarantine,
    stick,
    clear
};
template <> struct Names<DeviceEvent> {
    static constexpr std::array<std::string_view, 13> values{"listed",     "unlisted", "open",    "ready", "begin",
                                                             "end",        "degrade",  "recover", "fail",  "close",
                                                             "quarantine", "stick",    "clear"};
};
std::optional<DeviceState> next(DeviceState state, DeviceEvent event);

/// The word that clients read: a closed device that is listed is `ready` (and `open` is false).
Operating shown(DeviceState state);

enum class PluginState : std::uint8_t { starting, ready, down, quarantined };
template <> struct Names<PluginState> {
    static constexpr std::array<std::string_view, 4> values{"starting", "ready", "down", "quarantined"};
};
enum class PluginEvent : std::uint8_t { ready, fail, quarantine, clear };
template <> struct Names<PluginEvent> {
    static constexpr std::array<std::string_view, 4> values{"ready", "fail", "quarantine", "clear"};
};
std::optional<PluginState> next(PluginState state, PluginEvent event);
Operating shown(PluginState state);

} // namespace rekam::model
