// SPDX-License-Identifier: Apache-2.0
// The life of one job, and the one outcome it ends in.
//
//             record_first               durable
//   accepted ─────────────▶ recording ─────────────┐
//      │                                            ▼            run              end_*
//      └──────────────────────────────────────▶ waiting ─────▶ running ───────▶ interrupting
//                                                  │              │                  │
//   every phase ends in `ended`, exactly once:     ▼              ▼                  ▼
//     before the device was asked: at once;  running: the host's final, or its death;  interrupting: ditto, or the
//     promise of 2 s breaks and the host is killed.
//
// Who wins a race (the cause that interrupted x what the host then says):
//   cause            final done     final failed    host died or was killed
//   cancel           done           cancelled       cancelled
//   deadline         timeout        timeout         timeout
//   lease lost       cancelled      cancelled       cancelled
//   case closed      cancelled      cancelled       cancelled
//   session ended    cancelled      cancelled       cancelled
//   slot rebound     cancelled      cancelled       cancelled
//   station stops    cancelled      cancelled       cancelled
//   unwanted frames  failed         failed          failed     (a stale frame, a quota, a lie of the host)
//   none             done           failed          failed (plugin-crashed); unknown for a side effect
//
// A print, and an exchange that writes to a card, are side effects. Their record is durable before the device is asked.
// The plugin announces the first thing that cannot be taken back and waits; only when that is durable too does it go
// on:
//
//   running ──commit──▶ committing ──send (durable)──▶ sent ◀───────────┐
//   interrupting ──commit──▲                            │ chip          │ resume, interrupt (its lease ended: on_fail)
//                                                       └─────▶ chip ───┘
//
// A card that has begun is finished whoever wants it to stop, but for the one at the chip station. Its end then
// decides:
//   cause            done           failed      failed, effect unknown    died
//   none, refused    done           failed      unknown                   unknown
//   deadline         done           timeout     unknown                   unknown
//   any other        done           cancelled   unknown                   unknown
//
// A cancel that loses to a completed capture leaves `done`: the picture exists and is this person's. A client that
// vanishes interrupts nothing; its lease does when it ends.
#pragma once

#include "core/model/vocabulary.h"

#include <optional>

namespace rekam::model {

enum class JobPhase : std::uint8_t {
    accepted,
    recording,
    waiting,
    running,
    interrupting,
    committing,
    sent,
    chip,
    ended
};
template <> struct Names<JobPhase> {
    static constexpr std::array<std::string_view, 9> values{
        "accepted", "recording", "waiting", "running", "interrupting", "committing", "sent", "chip", "ended"};
};
enum class JobEvent : std::uint8_t { record, enqueue, run, interrupt, commit, send, chip, resume, end };
template <> struct Names<JobEvent> {
    static constexpr std::array<std::string_view, 9> values{"record", "enqueue", "run",    "interrupt", "commit",
                                                            "send",   "chip",    "resume", "end"};
};
std::optional<JobPhase> next(JobPhase phase, JobEvent event);

/// Why a job is being interrupted. The first cause stays.
enum class EndCause : std::uint8_t {
    none,
    cancel,
    deadline,
    lease_lost,
    case_closed,
    session_ended,
    rebound,
    stopping,
    refused
};
template <> struct Names<EndCause> {
    static constexpr std::array<std::string_view, 9> values{
        "none", "cancel", "deadline", "lease-lost", "case-closed", "session-ended", "rebound", "stopping", "refused"};
};

/// What the host's side of the job came to.
enum class HostEnd : std::uint8_t {
    done,
    failed,
    died,
    unsure ///< it failed, and the device does not know whether the card is done
};

/// The tables above. `side_effect`: the device has begun what cannot be taken back.
JobState outcome(EndCause cause, HostEnd end, bool side_effect);

/// The state that clients read.
JobState shown(JobPhase phase);

} // namespace rekam::model
