// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/faults.h"

#include <array>

namespace rekam::mock {
namespace {

constexpr uint32_t hour_ms = 3'600'000;

FaultArgument ms(uint32_t usual) { return {"ms", usual, 0, hour_ms, {}}; }
FaultArgument needed_ms() { return {"ms", 0, 0, hour_ms, {}, true}; }
FaultArgument count(uint32_t usual, uint32_t high) { return {"count", usual, 1, high, {}}; }
FaultArgument code() { return {"code", 0, 0, 0, {}, true, true}; }

} // namespace

std::span<const FaultKind> fault_kinds() {
    static const std::array kinds{
        // of any call
        FaultKind{"delay", "run", "sleeps, deaf to interrupt", {needed_ms()}},
        FaultKind{"slow", "run", "takes so long, with progress, interruptible", {needed_ms()}},
        FaultKind{"hang", "run", "sleeps for ever, deaf; until it is told other faults", {}},
        FaultKind{"busy", "run", "burns the processor for ever, deaf; until it is told other faults", {}},
        FaultKind{"ignore-interrupt", "run", "works on for so long, whoever interrupts", {ms(60'000)}},
        FaultKind{"error",
                  "run",
                  "returns that code, with the effect that it names",
                  {code(), {"effect", 0, 0, 0, {"none", "done", "unknown"}}}},
        FaultKind{"throw", "run", "throws something that is no exception", {}},
        FaultKind{"crash",
                  "run",
                  "dies by that signal",
                  {{"signal", 0, 0, 0, {"SEGV", "ABRT", "BUS", "FPE", "ILL", "KILL"}}}},
        FaultKind{"exit", "run", "leaves the process behind the host's back", {{"status", 1, 0, 255, {}}}},
        FaultKind{"fork", "run", "leaves a child process behind", {}},
        FaultKind{"fork-away", "run", "leaves a child process behind, in a session of its own", {}},
        FaultKind{"leak", "run", "opens descriptors and never closes them", {count(16, 10'000)}},
        FaultKind{
            "flood", "run", "says so much at once", {count(10'000, 1'000'000), {"what", 0, 0, 0, {"progress", "log"}}}},
        // of a capture
        FaultKind{"stale", "run", "a frame that was exposed a second before the request", {}},
        FaultKind{"truncated", "run", "half of the bytes that the size says", {}},
        FaultKind{"garbage", "run", "a frame with padded lines; of capabilities: text that is no JSON", {}},
        FaultKind{"duplicate", "run", "delivers the same frame twice", {}},
        FaultKind{"no-frames", "run", "ends well without a frame", {}},
        FaultKind{"late", "run", "ends well, but only so long after it was cancelled", {ms(0)}},
        FaultKind{"endless", "run", "frame after frame until it is cancelled", {}},
        FaultKind{"fail-after", "run", "frames first, then that code", {code()}},
        FaultKind{"quality", "run", "a picture as bad as that score: blurred, or dry", {{"score", 30, 1, 100, {}}}},
        FaultKind{"fingers", "run", "so many fingers, whatever was asked", {{"count", 0, 0, 10, {}, true}}},
        FaultKind{"misread", "run", "one character of a zone comes out wrong", {}},
        // of a preview
        FaultKind{"oversized", "preview", "says that its picture is larger than the buffer", {}},
        // of a card
        FaultKind{"unsure", "print", "falls silent: nobody knows whether it was printed", {}},
        // states that a person mends
        FaultKind{"jam", "run", "is jammed; a printer with the card inside", {}},
        FaultKind{"ribbon-out", "run", "its ribbon is used up", {}},
        FaultKind{"hopper-empty", "run", "there is no card, or sheet, to take", {}},
        FaultKind{"cover-open", "run", "its cover stands open", {}},
        FaultKind{"lying-health",
                  "run",
                  "ok: does not work and says that all is well; down: works and says that it does not",
                  {{"says", 0, 0, 0, {"ok", "down"}}}},
        FaultKind{"temperature",
                  "health",
                  "its print head measures so many tenths of a degree",
                  {{"value", 0, 0, 5'000, {}, true}}},
        // of the cable
        FaultKind{"unplug", "", "is gone; for so long, 0: until it is told other faults", {ms(0)}},
        FaultKind{"replug", "", "is there again (live only, where every list replaces the one before)", {}},
        FaultKind{"flapping", "", "is gone and back so many times within so long", {count(5, 1'000), ms(10'000)}},
    };
    return kinds;
}

std::span<const std::string_view> fault_calls() {
    static constexpr std::array<std::string_view, 22> calls{
        "load",    "create",   "enumerate", "open", "close",     "health",  "capabilities", "run",
        "preview", "check",    "start",     "feed", "chip",      "print",   "read-blank",   "magnetic",
        "printed", "laminate", "verify",    "exit", "card-open", "transmit"};
    return calls;
}

uint32_t code_of(std::string_view word) {
#define REKAM_MOCK_CODE(name, number, text, class_, retry, origin)                                                     \
    if (word == (text))                                                                                                \
        return number;
    REKAM_ERROR_LIST(REKAM_MOCK_CODE)
#undef REKAM_MOCK_CODE
    return 0;
}

} // namespace rekam::mock
