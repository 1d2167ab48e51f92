// SPDX-License-Identifier: Apache-2.0
// The configuration as the broker needs it: parsed and checked as a whole by core/rekamd/config.h, then handed over at
// once.
#pragma once

#include "core/model/vocabulary.h"
#include "core/wire/records.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rekam::broker {

/// When a child may be started again. Keys of [supervision]; all live.
struct Supervision {
    std::int64_t backoff_min_ms = 100; ///< before the second restart; the first is at once
    std::int64_t backoff_max_ms = 30'000;
    std::int64_t gate_backoff_max_ms = 1'000; ///< the gate is never quarantined
    std::int64_t reset_after_ms = 60'000;     ///< this long without a failure forgets earlier ones
    std::int64_t quarantine_failures = 5;     ///< this many within the window
    std::int64_t quarantine_window_ms = 60'000;
    std::int64_t start_ms_max = 10'000; ///< from spawn to the child's first message
    std::int64_t ping_interval_ms = 1'000;
    std::int64_t ping_ms_max = 5'000;      ///< an unanswered ping this old kills the child
    std::int64_t interrupt_ms_max = 2'000; ///< what a plugin promises after an interrupt
    std::int64_t print_ms_max = 300'000;   ///< from the moment a card has begun, its waits for card.close apart
    std::int64_t card_ms_max = 60'000;     ///< for one card.transmit
    std::int64_t enumerate_ms_max = 30'000;
    std::int64_t enumerate_every_ms = 0;       ///< for network devices; 0: only at start and when a plugin asks
    std::int64_t self_check_every_ms = 60'000; ///< of every open device; 0: only when somebody asks
    std::int64_t self_check_agree = 2;         ///< this many in a row change a device's state
    std::int64_t hotplug_settle_ms = 500;      ///< from the last news of a bus to the enumeration
    std::int64_t hotplug_poll_ms = 30'000;     ///< between enumerations where nobody tells of the bus; 0: none
    std::int64_t flap_removals = 3;            ///< this many removals at a port
    std::int64_t flap_window_ms = 60'000;      ///< within this time: its cable is bad
    std::int64_t fallback_after_ms = 5'000;    ///< so long down: another one stands in; so long well: it is back
    std::int64_t store_gather_ms = 5;          ///< records that nobody waits for are written together; 0: at once
    std::int64_t stop_ms_max = 1'500;          ///< for children to end by themselves when the station stops
};

/// Bounds of the broker's own tables. Keys of [limits] beside wire::Limits; all live.
struct Quotas {
    std::int64_t session_idle_ms = 3'600'000; ///< a session without a message or lease for this long ends
    std::int64_t session_yield_ms = 60'000;   ///< and after this one if there is no room for another
    std::int64_t frame_ttl_ms = 600'000;      ///< an unread result is kept this long
    std::int64_t idem_horizon_ms = 7LL * 86'400'000;
    std::int64_t idem_entries = 100'000;
    std::int64_t jobs_per_device = 16; ///< queued or running
    std::int64_t lease_waiters = 64;   ///< over all slots
    std::int64_t jobs_kept = 4'096;    ///< ended jobs that job.get can answer from memory
    std::int64_t cases_open = 256;
    std::int64_t captures_per_case = 128;
    std::int64_t cards_per_case = 32;
    std::int64_t frames_per_job = 64; ///< so that a result's header stays under 64 KiB
};

struct SlotConfig {
    std::string name;
    std::optional<std::string> desk;
    model::Function function = model::Function::camera;
    /// A device id ("id.rekam.sane/test:0"), or one with '*' for any run of characters. It must match exactly one
    /// device that has the function; two matches leave the slot unbound, never guessed.
    std::string device;
    /// As `device`, in the order in which they stand in while it is absent, down or quarantined.
    std::vector<std::string> fallbacks;
    std::optional<wire::RawJson> requires_;
    /// Parameters of a capture that names none of its own, as far as the device knows them.
    std::optional<wire::RawJson> defaults;
    /// A capture's record must be durable before the device is asked (as side effects always wait).
    bool record_first = false;
};

struct PluginConfig {
    std::string name;                               ///< file stem in plugins.d
    std::string path;                               ///< of the shared library, absolute
    std::map<std::string, std::string> environment; ///< granted variables
    std::map<std::string, wire::RawJson> granted;   ///< everything granted, as shown by plugin.list
};

struct Endpoints {
    std::string requests, events;                        ///< ipc paths in the runtime directory
    std::optional<std::string> tcp_requests, tcp_events; ///< tcp://127.0.0.1:port
    std::optional<std::string> station_key;              ///< present when tcp is on
    std::string data{};                                  ///< where local programs show tickets; empty: nowhere
};

/// Who may do what: [rights] of rekamd.toml, by the numbers that the transport proves.
struct Rights {
    struct Members {
        std::vector<std::int64_t> uids, gids;
        bool operator==(const Members&) const = default;
    };
    std::map<model::Role, Members> members;
    std::vector<std::int64_t> owners; ///< uids that may do everything always
};

struct Config {
    std::string station_name = "station";
    std::string zone = "UTC"; ///< IANA time zone, for people
    std::string hash;         ///< of all its files, "sha256:<hex>"
    Endpoints endpoints;
    std::optional<Rights> rights; ///< absent: whoever can reach the station may do everything
    wire::Limits limits;
    Quotas quotas;
    Supervision supervision;
    std::int64_t drain_below_percent = 0;     ///< of the battery; 0: never. Live
    std::map<std::string, std::string> ports; ///< what people call them: "usb:1-2.3" -> "left rear". Live
    std::vector<SlotConfig> slots;
    std::vector<PluginConfig> plugins;
};

} // namespace rekam::broker
