// SPDX-License-Identifier: Apache-2.0
// What the journal says of each thing that happens: public facts for a supervisor, and beside them, so that it can be
// erased, what is about a person. Vendors' words are capped, and JSON escapes what would break a line.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

// --- the station ---
void journal_start(Step& step);
void journal_stop(Step& step);
/// A configuration is in force, or the newest files were refused (config_state.error).
void journal_config(Step& step);
/// "plugin.seen", "plugin.failed", "plugin.quarantined"
void journal_plugin(Step& step, const Plugin& plugin, std::string_view kind);
/// "device.opened", "device.failed", "device.quarantined", "device.stuck"; of one that is open, as its checks say:
/// "device.down", "device.well"
void journal_device(Step& step, const Device& device, std::string_view kind);
/// station.drain: on or off, and by what; `by` is a person's name, or empty.
void journal_drain(Step& step, bool on, model::DrainCause cause, const std::string& by,
                   const std::optional<std::string>& reason);
/// "cards.load", "cards.count", "cards.spoil": the change, and the hopper after it.
struct LedgerChange {
    std::string_view kind;
    std::string slot, device, by;
    std::optional<std::string> reason;
    std::int64_t count = 0;
};
void journal_ledger(Step& step, const LedgerChange& change, const wire::Hopper& hopper);
/// slot.bind: what it is bound to now, and on whose request.
void journal_binding(Step& step, const Slot& slot, const Session& by);

// --- what a technician does; `by` is who, empty: the station itself ---
/// "slot.hold", "slot.release", "plugin.reload", "plugin.clear"
void journal_mending(Step& step, std::string_view kind, const Facts& facts, const std::string& by);
/// A reset begins (device.reset).
void journal_reset(Step& step, const Device& device, const std::string& by);
/// slot.replace: which device stands there now, and which one did (null: none). `dropped`: settings of the slot that
/// the new one does not know.
void journal_replaced(Step& step, const std::string& slot, const Device* from, const Device& to, const std::string& by,
                      const std::vector<std::string>& dropped);
/// slot.fallback: another device stands in (or, null: for none), or the slot's own is back.
void journal_fallback(Step& step, const Slot& slot, const Device* from, const Device& to);

// --- a person's visit ---
void journal_case_opened(Step& step, const Case& kept);
void journal_case_closed(Step& step, const Case& kept);

/// What a case's erasure leaves behind: who and why, and nobody of the case. The store writes it.
Entry erasure_entry(const Step& step, const std::string& reason, const std::string& by);

// --- jobs ---
/// It was accepted; said only of what may have a side effect: a print, or a card that is opened to be written.
void journal_intent(Step& step, const Job& job);
/// The device waits to be let go.
void journal_begins(Step& step, const Job& job);
enum class HowEnded : std::uint8_t { seen, restart };
/// Its outcome; `restart`: the station ended in the middle of it, and found it in the store.
void journal_end(Step& step, const wire::Job& job, HowEnded how);
/// The device's readings are not what the slot requires: nothing was begun.
void journal_refused(Step& step, const Job& job, const Device& device);
/// Two persons settled an unknown outcome.
void journal_reconciled(Step& step, const wire::Job& job);
/// A device was asked what it remembers of an unknown outcome.
void journal_evidence(Step& step, const wire::Job& job);

} // namespace rekam::broker
