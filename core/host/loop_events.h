// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the host's loop hears and what it wants done. Its shell (rekam-host) and the simulator both speak only this.
#pragma once

#include "core/wire/identify_messages.h"
#include "core/wire/packet.h"
#include "core/wire/preview_records.h"

#include <variant>

namespace rekam::host {

/// Names a call on the device: a job's number, or a health check's.
using CallId = std::uint64_t;

/// What is asked of a plugin for a preview; between two steps its device may be asked for anything else.
enum class PreviewStep : std::uint8_t { start, next, stop };

// Events: from the broker.

/// First event, exactly once: the process is there, the channel is open.
struct Started {
    std::string build;
    std::int64_t pid = 0;
};
struct Received {
    wire::Message message; ///< its descriptors are the loop's until it gives them back with Release
};
/// End of file: the broker is gone. Nothing that is sent arrives any more.
struct Detached {};

// Events: from the device's thread. Each answers one effect below.

struct Opened {
    wire::HostReady ready;
};
struct OpenFailed {
    wire::Failure failure;
};
struct Progressed {
    CallId call = 0;
    wire::HostProgress progress;
};
/// The plugin waits inside frame_submit for FrameTaken. The descriptor is the loop's until Send or Release.
struct Framed {
    CallId call = 0;
    wire::HostFrame frame; ///< index is set here, not by the device's thread
    wire::Descriptor descriptor = -1;
};
/// A print's plugin waits inside started() for Go: it is about to do what cannot be taken back.
struct Begins {
    CallId call = 0;
    wire::HostBegins body;
};
/// A print's plugin waits inside chip() for ChipOver; exchanges with its card run meanwhile.
struct AtChip {
    CallId call = 0;
};
struct CardOpened {
    CallId call = 0;
    wire::CardInfo card;
};
struct CardAnswered {
    CallId call = 0;
    wire::HostAnswers answers;
};
/// Without a failure it went well, as the plugin sees it.
struct RunEnded {
    CallId call = 0;
    std::optional<wire::Failure> failure;
    std::optional<wire::HostPrinted> printed{};
    std::optional<wire::Readings> readings{}; ///< what it read beside frames
};
struct Checked {
    CallId call = 0;
    wire::HostHealth health;
};
/// Buffers for the pictures of a preview; the descriptors are the loop's until Send or Release.
struct PoolMade {
    std::int64_t bytes = 0;
    std::vector<wire::Descriptor> descriptors;
};
/// One step of a preview is done. TIMEOUT of `next` is no failure of the preview: no picture yet.
struct Previewed {
    CallId preview = 0;
    PreviewStep step = PreviewStep::start;
    std::optional<wire::Failure> failure{};
    std::optional<wire::HostView> view{}; ///< of next; the descriptor is the loop's until Send or Release
    wire::Descriptor descriptor = -1;
    std::optional<PoolMade> pool{}; ///< of start; of next, where the picture did not fit: it lies in the new one
};
struct Identified {
    wire::HostIdentified said;
};
/// What a step that nobody waits for has brought along.
inline std::vector<wire::Descriptor> descriptors_of(const Previewed& event) {
    auto all = event.pool ? event.pool->descriptors : std::vector<wire::Descriptor>();
    if (event.descriptor >= 0)
        all.push_back(event.descriptor);
    return all;
}
struct CapabilitiesRead {
    /// Empty: what the plugin says now cannot be read; what is known stays.
    std::optional<std::map<std::string, wire::RawJson>> capabilities;
    std::int64_t caps_rev = 0;
};
struct Closed {};

// Events: from any thread of the plugin, and from the clock.

struct Changed {
    bool devices = false;      ///< "enumerate me again", or this one is gone
    bool capabilities = false; ///< read them again
    bool gone = false;         ///< this one: close it
};
/// The time of next_deadline_us() has come, or any later one; harmless at any time.
struct Tick {};

using Event =
    std::variant<Started, Received, Detached, Opened, OpenFailed, Progressed, Framed, Begins, AtChip, CardOpened,
                 CardAnswered, RunEnded, Checked, Previewed, Identified, CapabilitiesRead, Closed, Changed, Tick>;

// Effects.

/// The message's descriptors go with it; the shell closes them once they are sent.
struct Send {
    wire::Message message;
};
struct Release { ///< close it
    wire::Descriptor descriptor = -1;
};
struct Open {
    wire::HostStart start;
};
struct Run {
    CallId call = 0;
    wire::HostRun run;
    std::int64_t deadline_us = 0;             ///< on Now::mono_us; never_us for none
    std::vector<wire::Descriptor> pictures{}; ///< the device's thread closes them
    CallId inside = 0;                        ///< the print at whose chip station it runs; 0: a call of its own
};
struct Check {
    CallId call = 0;
    model::HealthLevel level = model::HealthLevel::self;
    std::int64_t deadline_us = 0;
    bool beside = false; ///< on the second thread, while a job runs on the first
};
/// Mark that call as cancelled and nudge the device. At most once per call.
struct Interrupt {
    CallId call = 0;
};
/// Lets started() of that call return.
struct Go {
    CallId call = 0;
};
/// Lets chip() of that call return.
struct ChipOver {
    CallId call = 0;
    bool failed = false;
};
struct Transmit {
    CallId call = 0;
    wire::HostApdus apdus;
};
struct CloseCard {
    CallId call = 0;
};
/// Lets frame_submit of that call return: kept, or refused.
struct FrameTaken {
    CallId call = 0;
    bool kept = false;
};
struct ShowPreview {
    CallId preview = 0;
    PreviewStep step = PreviewStep::start;
    wire::HostPreview asked{};    ///< of start
    std::uint32_t timeout_ms = 0; ///< of next
    std::size_t buffer = 0;       ///< of next, where there is a pool
};
struct Identify {
    std::int64_t ms = 0; ///< for so long; 0 ends it
};
struct ReadCapabilities {};
struct Close {};
/// Last effect: end the process without waiting for anything, once what was sent has left.
struct Exit {
    int code = 0;
    std::string reason;
};

using Effect = std::variant<Send, Release, Open, Run, Check, Interrupt, Go, ChipOver, Transmit, CloseCard, FrameTaken,
                            ShowPreview, Identify, ReadCapabilities, Close, Exit>;
using Effects = std::vector<Effect>;

constexpr int exit_ok = 0;
constexpr int exit_broken_promise = 70; ///< the plugin did not return in time
constexpr int exit_protocol = 71;       ///< the broker said what no broker of this build says

} // namespace rekam::host
