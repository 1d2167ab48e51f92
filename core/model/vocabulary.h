// SPDX-License-Identifier: Apache-2.0
// The normalised words (sdk/vocabulary.md). They grow by additions only.
#pragma once

#include "core/model/names.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace rekam::model {

enum class Function : std::uint8_t {
    camera,
    fingerprint,
    iris,
    signature,
    document,
    card_printer,
    card_reader,
    mrz_reader
};
template <> struct Names<Function> {
    static constexpr std::array<std::string_view, 8> values{"camera",   "fingerprint",  "iris",        "signature",
                                                            "document", "card-printer", "card-reader", "mrz-reader"};
};

enum class Operating : std::uint8_t { absent, starting, ready, busy, degraded, down, stuck, quarantined };
template <> struct Names<Operating> {
    static constexpr std::array<std::string_view, 8> values{"absent",   "starting", "ready", "busy",
                                                            "degraded", "down",     "stuck", "quarantined"};
};

enum class Administrative : std::uint8_t { in_service, held };
template <> struct Names<Administrative> {
    static constexpr std::array<std::string_view, 2> values{"in-service", "held"};
};

/// What a principal may do; every operation belongs to one of them (core/wire/rights.h).
enum class Role : std::uint8_t { station, technician, supervisor };
template <> struct Names<Role> {
    static constexpr std::array<std::string_view, 3> values{"station", "technician", "supervisor"};
};

/// What device.doctor finds, the most telling first where several are true.
enum class Cause : std::uint8_t {
    healthy,
    held,
    unbound,
    ambiguous,
    plugin_failed,
    flapping,
    stuck,
    quarantined,
    unplugged,
    no_permission,
    wrong_driver,
    held_by_process,
    crashed,
    hung,
    down,
    not_covered,
    starting,
    degraded
};
template <> struct Names<Cause> {
    static constexpr std::array<std::string_view, 18> values{
        "healthy", "held",        "unbound",   "ambiguous",     "plugin-failed", "flapping",
        "stuck",   "quarantined", "unplugged", "no-permission", "wrong-driver",  "held-by-process",
        "crashed", "hung",        "down",      "not-covered",   "starting",      "degraded"};
};

/// How deep a reset of a device goes.
enum class ResetLevel : std::uint8_t { restart, usb, power };
template <> struct Names<ResetLevel> {
    static constexpr std::array<std::string_view, 3> values{"restart", "usb", "power"};
};

/// What a plugin was asked for when its process ended.
enum class PluginCall : std::uint8_t { list, open, run, check, close, idle };
template <> struct Names<PluginCall> {
    static constexpr std::array<std::string_view, 6> values{"list", "open", "run", "check", "close", "idle"};
};

enum class JobState : std::uint8_t { accepted, waiting, running, sent, done, failed, cancelled, timeout, unknown };
template <> struct Names<JobState> {
    static constexpr std::array<std::string_view, 9> values{"accepted", "waiting",   "running", "sent",   "done",
                                                            "failed",   "cancelled", "timeout", "unknown"};
};
constexpr bool is_outcome(JobState state) { return state >= JobState::done; }

enum class Retry : std::uint8_t { now, later, after_fix, never };
template <> struct Names<Retry> {
    static constexpr std::array<std::string_view, 4> values{"now", "later", "after-fix", "never"};
};

enum class Effect : std::uint8_t { none, done, unknown };
template <> struct Names<Effect> {
    static constexpr std::array<std::string_view, 3> values{"none", "done", "unknown"};
};

enum class Who : std::uint8_t { self, operator_, technician, vendor };
template <> struct Names<Who> {
    static constexpr std::array<std::string_view, 4> values{"self", "operator", "technician", "vendor"};
};

enum class Purpose : std::uint8_t { enrol, renew, issue, verify, test };
template <> struct Names<Purpose> {
    static constexpr std::array<std::string_view, 5> values{"enrol", "renew", "issue", "verify", "test"};
};

enum class CardStep : std::uint8_t { read_blank, chip, magnetic, print, laminate, verify };
template <> struct Names<CardStep> {
    static constexpr std::array<std::string_view, 6> values{"read-blank", "chip",     "magnetic",
                                                            "print",      "laminate", "verify"};
};

/// Where a card goes when its print fails.
enum class OnFail : std::uint8_t { eject, reject, hold };
template <> struct Names<OnFail> {
    static constexpr std::array<std::string_view, 3> values{"eject", "reject", "hold"};
};

enum class CardAt : std::uint8_t { unknown, none, hopper, print, chip, exit, reject };
template <> struct Names<CardAt> {
    static constexpr std::array<std::string_view, 7> values{"unknown", "none", "hopper", "print",
                                                            "chip",    "exit", "reject"};
};

enum class CardIntent : std::uint8_t { read, write };
template <> struct Names<CardIntent> { static constexpr std::array<std::string_view, 2> values{"read", "write"}; };

enum class CardProtocol : std::uint8_t { t0, t1, contactless };
template <> struct Names<CardProtocol> {
    static constexpr std::array<std::string_view, 3> values{"t0", "t1", "contactless"};
};

/// What became of a blank card; left: it lies in the hopper again.
enum class Blank : std::uint8_t { issued, rejected, spoiled, unknown, left };
template <> struct Names<Blank> {
    static constexpr std::array<std::string_view, 5> values{"issued", "rejected", "spoiled", "unknown", "left"};
};

/// Who wants the station to take no new side effects.
enum class DrainCause : std::uint8_t { person, power };
template <> struct Names<DrainCause> { static constexpr std::array<std::string_view, 2> values{"person", "power"}; };

enum class ExceptionReason : std::uint8_t { missing, injured, bandaged, cannot, device };
template <> struct Names<ExceptionReason> {
    static constexpr std::array<std::string_view, 5> values{"missing", "injured", "bandaged", "cannot", "device"};
};

enum class HealthLevel : std::uint8_t { self, exercise, guided };
template <> struct Names<HealthLevel> {
    static constexpr std::array<std::string_view, 3> values{"self", "exercise", "guided"};
};

enum class HealthState : std::uint8_t { ok, degraded, failed, unknown };
template <> struct Names<HealthState> {
    static constexpr std::array<std::string_view, 4> values{"ok", "degraded", "failed", "unknown"};
};

enum class ExposureBasis : std::uint8_t { device, driver, call };
template <> struct Names<ExposureBasis> {
    static constexpr std::array<std::string_view, 3> values{"device", "driver", "call"};
};

enum class CaseState : std::uint8_t { open, closed };
template <> struct Names<CaseState> { static constexpr std::array<std::string_view, 2> values{"open", "closed"}; };

/// Subjects, in the order of the vocabulary.
std::span<const std::string_view> subjects();
bool is_subject(std::string_view word);

/// The single fingers (or eyes) that a subject asks for: `slap.left` is four fingers, `finger.left-thumb` is itself.
/// A subject without parts (face, signature, document.page, card) is its own only part.
std::span<const std::string_view> subject_parts(std::string_view subject);

/// Whether a device of this function can be asked for the subject at all.
bool subject_fits(Function function, std::string_view subject);

/// Guidance words that progress messages may carry.
std::span<const std::string_view> guidance();
bool is_guidance(std::string_view word);

} // namespace rekam::model
