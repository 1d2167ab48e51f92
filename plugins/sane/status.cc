// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/status.h"

#include <array>

namespace rekam::sane {
namespace {

struct Meaning {
    int status;
    uint32_t code;
    const char* hint;
    const char* text; // what happened and what to do
};

// Scanning: start and read. Whoever returns one of these has a page in the works.
constexpr std::array<Meaning, 13> while_scanning{{
    {SANE_STATUS_UNSUPPORTED, REKAM_E_DEVICE_ERROR, "change-settings",
     "the scanner does not support these settings together"},
    {SANE_STATUS_CANCELLED, REKAM_E_CANCELLED, "try-again", "the scan was cancelled at the scanner"},
    {SANE_STATUS_DEVICE_BUSY, REKAM_E_BUSY, "wait-ready", "the scanner is busy; try again when it is ready"},
    {SANE_STATUS_INVAL, REKAM_E_DEVICE_ERROR, "change-settings", "the scanner refused its settings"},
    {SANE_STATUS_EOF, REKAM_E_PROTOCOL_ERROR, "restart-device", "the scanner ended the page before it began"},
    {SANE_STATUS_JAMMED, REKAM_E_JAM, "clear-jam", "paper is jammed in the feeder; clear it and scan again"},
    {SANE_STATUS_NO_DOCS, REKAM_E_FEEDER_EMPTY, "load-paper", "the feeder is empty; load paper and scan again"},
    {SANE_STATUS_COVER_OPEN, REKAM_E_COVER_OPEN, "close-cover", "the scanner's cover is open; close it and scan again"},
    {SANE_STATUS_IO_ERROR, REKAM_E_DEVICE_ERROR, "check-cable",
     "the connection to the scanner failed; check cable and power"},
    {SANE_STATUS_NO_MEM, REKAM_E_INTERNAL, "call-technician", "SANE ran out of memory; lower the resolution"},
    {SANE_STATUS_ACCESS_DENIED, REKAM_E_PERMISSION_DENIED, "grant-permission", "access to the scanner was refused"},
    {status_warming_up, REKAM_E_NOT_READY, "wait-ready", "the scanner's lamp is warming up; try again in a minute"},
    {status_hw_locked, REKAM_E_DEVICE_DOWN, "unlock-transport",
     "the scanner is locked for transport; unlock its carriage"},
}};

// Where another call gives the same status another meaning.
struct Special {
    Phase phase;
    Meaning meaning;
};
constexpr std::array<Special, 9> elsewhere{{
    {Phase::open,
     {SANE_STATUS_UNSUPPORTED, REKAM_E_WRONG_DRIVER, "install-driver",
      "this back end does not know the scanner's model"}},
    {Phase::open,
     {SANE_STATUS_DEVICE_BUSY, REKAM_E_HELD_BY_PROCESS, "close-other-program",
      "another program holds the scanner; close it"}},
    {Phase::open,
     {SANE_STATUS_INVAL, REKAM_E_DEVICE_GONE, "check-cable", "there is no such scanner; check cable and power"}},
    {Phase::open,
     {SANE_STATUS_IO_ERROR, REKAM_E_DEVICE_DOWN, "restart-device",
      "the scanner does not answer; switch it off and on"}},
    {Phase::option,
     {SANE_STATUS_UNSUPPORTED, REKAM_E_UNSUPPORTED_PARAMETER, "", "the scanner does not have this setting"}},
    {Phase::option, {SANE_STATUS_INVAL, REKAM_E_OUT_OF_RANGE, "", "the scanner refused this setting"}},
    {Phase::list, {SANE_STATUS_UNSUPPORTED, REKAM_E_WRONG_DRIVER, "install-driver", "SANE cannot list its scanners"}},
    {Phase::list, {SANE_STATUS_INVAL, REKAM_E_WRONG_DRIVER, "install-driver", "SANE cannot list its scanners"}},
    {Phase::list, {SANE_STATUS_EOF, REKAM_E_WRONG_DRIVER, "install-driver", "SANE cannot list its scanners"}},
}};

Meaning meaning_of(int status, Phase phase) {
    for (const Special& special : elsewhere)
        if (special.phase == phase && special.meaning.status == status)
            return special.meaning;
    for (const Meaning& meaning : while_scanning)
        if (meaning.status == status)
            return meaning;
    return {status, REKAM_E_DEVICE_ERROR, "restart-device", "the back end returned a status that SANE does not define"};
}

} // namespace

plugin::Error status_error(SANE_Status status, Phase phase, const std::string& what) {
    const auto number = static_cast<int>(status);
    const Meaning meaning = meaning_of(number, phase);
    return plugin::Error(meaning.code,
                         std::string(meaning.text) + " (" + what + ": SANE status " + std::to_string(number) + ")")
        .vendor_code(number)
        .hint(meaning.hint);
}

} // namespace rekam::sane
