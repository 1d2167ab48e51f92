// SPDX-License-Identifier: Apache-2.0
// The closed list of errors, and the record that carries one to a client.
#pragma once

#include "core/model/crash.h"

namespace rekam::model {

enum class Class : std::uint8_t { caller, operator_, technician, vendor, system };
template <> struct Names<Class> {
    static constexpr std::array<std::string_view, 5> values{"caller", "operator", "technician", "vendor", "system"};
};

enum class Code : std::uint8_t {
    // caller
    bad_request,
    unknown_op,
    unsupported_version,
    unknown_slot,
    unknown_device,
    unknown_plugin,
    unknown_case,
    case_closed,
    unknown_job,
    unknown_frame,
    unknown_session,
    no_lease,
    lease_held,
    stale_epoch,
    idem_conflict,
    unsupported_parameter,
    out_of_range,
    too_large,
    too_many,
    denied,
    result_expired,
    reprint_needed,
    // operator
    timeout,
    cancelled,
    no_subject,
    poor_quality,
    moved,
    wrong_subject,
    too_few_fingers,
    too_many_fingers,
    cover_open,
    feeder_empty,
    media_out,
    ribbon_out,
    jam,
    card_absent,
    card_removed,
    card_mute,
    held,
    reconcile_first,
    // technician
    device_gone,
    device_down,
    device_stuck,
    permission_denied,
    wrong_driver,
    held_by_process,
    flapping,
    head_dirty,
    too_hot,
    plugin_crashed,
    plugin_quarantined,
    not_covered,
    slot_unbound,
    not_ready,
    // vendor
    device_error,
    protocol_error,
    broken_promise,
    bad_frame,
    // system
    busy,
    disk_full,
    journal_failed,
    draining,
    shutting_down,
    internal,
};
template <> struct Names<Code> {
    static constexpr std::array<std::string_view, 64> values{"bad-request",
                                                             "unknown-op",
                                                             "unsupported-version",
                                                             "unknown-slot",
                                                             "unknown-device",
                                                             "unknown-plugin",
                                                             "unknown-case",
                                                             "case-closed",
                                                             "unknown-job",
                                                             "unknown-frame",
                                                             "unknown-session",
                                                             "no-lease",
                                                             "lease-held",
                                                             "stale-epoch",
                                                             "idem-conflict",
                                                             "unsupported-parameter",
                                                             "out-of-range",
                                                             "too-large",
                                                             "too-many",
                                                             "denied",
                                                             "result-expired",
                                                             "reprint-needed",
                                                             "timeout",
                                                             "cancelled",
                                                             "no-subject",
                                                             "poor-quality",
                                                             "moved",
                                                             "wrong-subject",
                                                             "too-few-fingers",
                                                             "too-many-fingers",
                                                             "cover-open",
                                                             "feeder-empty",
                                                             "media-out",
                                                             "ribbon-out",
                                                             "jam",
                                                             "card-absent",
                                                             "card-removed",
                                                             "card-mute",
                                                             "held",
                                                             "reconcile-first",
                                                             "device-gone",
                                                             "device-down",
                                                             "device-stuck",
                                                             "permission-denied",
                                                             "wrong-driver",
                                                             "held-by-process",
                                                             "flapping",
                                                             "head-dirty",
                                                             "too-hot",
                                                             "plugin-crashed",
                                                             "plugin-quarantined",
                                                             "not-covered",
                                                             "slot-unbound",
                                                             "not-ready",
                                                             "device-error",
                                                             "protocol-error",
                                                             "broken-promise",
                                                             "bad-frame",
                                                             "busy",
                                                             "disk-full",
                                                             "journal-failed",
                                                             "draining",
                                                             "shutting-down",
                                                             "internal"};
};
static_assert(static_cast<std::size_t>(Code::internal) + 1 == Names<Code>::values.size());

/// What every error of a code has in common.
struct CodeFacts {
    Class cls;
    Retry retry;
    std::string_view hint;   ///< a key of config/hints, empty where nobody has to act
    std::string_view remedy; ///< what to do, in English; empty where only the station says the code, and says it itself
};
const CodeFacts& facts(Code code);

struct Holder {
    std::string client;
    std::optional<std::string> operator_;
};
BOOST_DESCRIBE_STRUCT(Holder, (), (client, operator_))

/// A refusal or failure as the client reads it. `message` is English, says what to do, and holds no personal data.
struct Error {
    Code code = Code::internal;
    Class class_ = Class::system;
    Retry retry = Retry::never;
    Effect effect = Effect::none;
    std::string message;
    std::optional<std::string> hint, slot, device, job, path;
    std::optional<std::int64_t> vendor_code, remaining_ms, position, retry_ms, station_epoch;
    std::optional<Holder> holder;
    std::optional<std::vector<std::int64_t>> versions;
    std::optional<CardAt> card_at; ///< of a print: where its card is now
    std::optional<Crash> crash;    ///< in a device's or plugin's record only: no job is told a vendor's words
};
BOOST_DESCRIBE_STRUCT(Error, (),
                      (code, class_, retry, effect, message, hint, slot, device, job, path, vendor_code, remaining_ms,
                       position, retry_ms, station_epoch, holder, versions, card_at, crash))

/// An error with class, retry and hint of its code.
Error make_error(Code code, std::string message);

/// The same with the JSON path of the offending field.
Error make_error(Code code, std::string message, std::string path);

/// For a text that only says what happened, as a vendor's do: the remedy of the code is added, once.
Error with_remedy(Error error);

} // namespace rekam::model
