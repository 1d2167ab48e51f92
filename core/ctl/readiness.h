// SPDX-License-Identifier: Apache-2.0
// The start-of-day check: what every slot says of itself, and whether the desk can open.
#pragma once

#include "core/ctl/context.h"

namespace rekam::ctl {

enum class Verdict : std::uint8_t { ready, warnings, not_ready };

/// Something that a device uses up, as its health check told it.
struct Consumable {
    std::string name, unit;
    std::optional<std::int64_t> left, of, low_at;
};

struct SlotReport {
    SlotRecord slot;
    std::string make, model, serial, firmware; ///< of its device
    std::string port;                          ///< what people call the place where that is plugged in
    HealthRecord health;                       ///< of its device, also where another slot stands for the same
    std::vector<Consumable> consumables;
    bool on_fallback = false;           ///< another device stands in for its own
    std::optional<ErrorBody> unchecked; ///< why its device was not checked
    Verdict verdict = Verdict::ready;
};

/// Something about the station and not about one slot.
struct Remark {
    std::string what, text, code, hint; ///< hint, code: for what to do about it; may be empty
    Verdict verdict = Verdict::ready;
};

struct Readiness {
    std::string station, station_id, zone, level, at;
    std::int64_t station_epoch = 0;
    std::vector<SlotReport> slots;
    std::vector<Remark> remarks; ///< store, clock, gate, configuration, plugins
    Verdict verdict = Verdict::ready;
};

/// Asks the station, and every device once, at most four of them at a time.
Readiness readiness_of(Context& context, const std::string& level);

std::string_view word_of(Verdict verdict);
/// "10 of 12 slots are ready": the line below the verdict.
std::string summary_of(const Readiness& report, const Hints& hints);
/// "Acme C-1, serial 42, firmware 1.3"
std::string device_text(const SlotReport& slot, const Hints& hints);
/// "ribbon 38 of 200 prints"
std::string consumable_text(const Consumable& consumable, const Hints& hints);
/// What the one who has to act should do about a failed check; empty where nothing is known.
std::string advice_for(const HealthCheck& check, const Hints& hints);
std::string advice_for(const Remark& remark, const Hints& hints);
/// The checks of a slot, with one of its own where its device could not be checked.
std::vector<HealthCheck> checks_of(const SlotReport& slot);

std::string readiness_text(const Readiness& report, const Hints& hints, bool colour);
std::string readiness_html(const Readiness& report, const Hints& hints);
std::string readiness_json(const Readiness& report);

} // namespace rekam::ctl
