// SPDX-License-Identifier: Apache-2.0
// Everything that the broker wants done, in this order. An effect never fails back into the step that asked for it:
// what goes wrong comes as a later event.
#pragma once

#include "core/broker/event.h"
#include "core/wire/journal_params.h"
#include "core/wire/records.h"

namespace rekam::broker {

enum class ChildKind : std::uint8_t { gate, enumerator, host };

/// Start a process; answered by ChildStarted or ChildSpawnFailed. Its channel opens with the process.
struct Spawn {
    ChildId child = 0;
    ChildKind kind = ChildKind::gate;
    std::string name; ///< under which its output is logged: "gate", "host id.rekam.sane/test:0"
    std::map<std::string, std::string> environment; ///< all of it, beside PATH, HOME, LANG and TZ
};
/// SIGKILL to the process and all its descendants; answered by ChildExited and ChildGone. Harmless when it is dead.
struct Kill {
    ChildId child = 0;
};
/// Queue a message. Its descriptors are borrowed: they stay the broker's, who closes them with CloseDescriptor, also
/// in the same step. To a child that is gone: dropped.
struct Send {
    ChildId child = 0;
    wire::Message message;
};
struct CloseDescriptor {
    wire::Descriptor descriptor = -1;
};
/// Write all records and entries in one transaction; answered by Durable or AppendFailed. They reach the disk in order.
struct Append {
    std::vector<Record> records;
    std::vector<Entry> entries;
    StoreToken token = 0;
};
/// Read one record; answered by Found.
struct Lookup {
    std::string kind, key;
    StoreToken token = 0;
};
/// Reset the USB port of a device, or switch its power off and on, on a thread that nothing waits for; answered by
/// PortReset, or never where the kernel hangs.
struct ResetPort {
    std::uint64_t device = 0;
    std::string physical; ///< as the plugin names it: "usb:1-2.3"
    bool power = false;
};
/// Look at what the machine knows of a device, on a thread that nothing waits for; answered by Probed, or never where
/// the kernel hangs.
struct Probe {
    std::uint64_t number = 0;
    std::string physical; ///< as the plugin names it: "usb:1-2.3", or a node below /dev
};
/// Take what is about the person of a case out of the store: beside the journal's entries, and its records.
struct EraseCase {
    std::string case_;
    Entry entry; ///< what the journal says of it; the store adds which entries it was
};
/// The figures of a day, and a head that vouches for the entries behind them.
struct DailyReport {
    wire::StationIdentity station;  ///< its zone says when the day begins
    std::optional<std::string> day; ///< "2026-11-27"; absent: today
    std::int64_t now_us = 0;
};
/// Read the journal, look whether it is whole, sign its last row, or erase in it; answered by JournalAnswered. Appends
/// do not wait for it, but for an erasure, which comes after those that were asked for before it.
struct AskJournal {
    std::variant<wire::JournalQueryParams, wire::JournalVerifyParams, wire::JournalHeadParams, EraseCase, DailyReport>
        what;
    StoreToken token = 0;
};
enum class Level : std::uint8_t { debug, info, warning, error };
struct Log {
    Level level = Level::info;
    std::string subject; ///< what it is about: "slot photo", "plugin id.rekam.sane"
    std::string message;
};
/// sd_notify: READY at the first one, then STATUS.
struct Status {
    std::string text;
};
/// Last effect of a stop: every child is gone, everything wanted is durable.
struct Exit {
    int code = 0;
};

using Effect =
    std::variant<Spawn, Kill, Send, CloseDescriptor, Append, Lookup, ResetPort, Probe, AskJournal, Log, Status, Exit>;
using Effects = std::vector<Effect>;

} // namespace rekam::broker
