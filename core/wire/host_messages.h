// SPDX-License-Identifier: Apache-2.0
// Bodies of the messages between broker and hosts or enumerators (core/wire/tables.h).
#pragma once

#include "core/wire/mock_messages.h"
#include "core/wire/records.h"

namespace rekam::wire {

struct EnumStart {
    std::string path;                             ///< of the plugin
    std::optional<std::vector<HostMock>> mocks{}; ///< told before it lists: devices without a process
};
BOOST_DESCRIBE_STRUCT(EnumStart, (), (path, mocks))

/// The manifest as read from the ELF file; `requested` is what it asks for.
struct ManifestRecord {
    std::string id, name, vendor, version;
    std::int64_t abi_major = 0, abi_minor = 0;
    std::vector<model::Function> functions;
    std::string process;   ///< "own" or "shared"
    std::string threading; ///< "free" or "single"
    std::map<std::string, RawJson> requested;
};
BOOST_DESCRIBE_STRUCT(ManifestRecord, (),
                      (id, name, vendor, version, abi_major, abi_minor, functions, process, threading, requested))

struct EnumDevice {
    std::string id; ///< as the plugin names it, stable across replug
    std::optional<std::string> make, model, serial, firmware, physical;
    std::vector<model::Function> functions;
    std::int64_t open_ms_max = 10'000, health_ms_max = 5'000; ///< promises
};
BOOST_DESCRIBE_STRUCT(EnumDevice, (),
                      (id, make, model, serial, firmware, physical, functions, open_ms_max, health_ms_max))

struct HostStart {
    std::string path;   ///< of the plugin
    std::string device; ///< the plugin's own id
    std::int64_t open_ms_max = 10'000;
    bool shared = false; ///< more devices of the plugin may follow, in the same process
};
BOOST_DESCRIBE_STRUCT(HostStart, (), (path, device, open_ms_max, shared))

struct HostReady {
    EnumDevice device;                           ///< as the open device knows itself
    std::map<std::string, RawJson> capabilities; ///< function -> capability schema
    std::int64_t caps_rev = 1;
    bool health_beside_job = false;
    std::vector<std::string> extensions;
    std::optional<Evidence> evidence;   ///< as it is now, before any job of this process
    std::optional<std::string> encoder; ///< physical path of a reader that its chip station is, if not itself
};
BOOST_DESCRIBE_STRUCT(HostReady, (), (device, capabilities, caps_rev, health_beside_job, extensions, evidence, encoder))

/// host_failed: the plugin could not be loaded or the device not be opened. host_final carries one for a failed job.
struct Failure {
    model::Code code = model::Code::internal;
    std::string message;
    std::optional<std::string> hint;
    std::optional<std::int64_t> vendor_code;
    std::optional<model::Effect> effect{}; ///< of a print or a card exchange
};
BOOST_DESCRIBE_STRUCT(Failure, (), (code, message, hint, vendor_code, effect))

struct HostMockDone {
    std::optional<Failure> failure;
    std::optional<MockState> state;
};
BOOST_DESCRIBE_STRUCT(HostMockDone, (), (failure, state))

/// One picture of a print; its bytes are the descriptor of the same place in the message.
struct HostPicture {
    std::string layer; ///< "front", "back", "overlay"
    std::string format;
    std::int64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(HostPicture, (), (layer, format, bytes))
struct HostPrint {
    std::vector<model::CardStep> steps;
    model::OnFail on_fail = model::OnFail::eject;
    bool edge_to_edge = false;
    std::vector<HostPicture> pictures;
};
BOOST_DESCRIBE_STRUCT(HostPrint, (), (steps, on_fail, edge_to_edge, pictures))
struct HostCard {
    model::CardIntent intent = model::CardIntent::read;
    std::optional<model::CardProtocol> protocol;
    bool at_print = false; ///< the card is the one at the chip station of the print that runs
};
BOOST_DESCRIBE_STRUCT(HostCard, (), (intent, protocol, at_print))

/// host_run; the client's params travel verbatim in `params`, the deadline in the prefix.
struct HostRun {
    model::Function function = model::Function::camera;
    std::string subject;
    std::vector<std::string> parts;    ///< the fingers or eyes still asked for, exceptions taken out
    std::int64_t accepted_mono_us = 0; ///< no frame exposed earlier may be delivered
    RawJson params;
    std::optional<HostPrint> print{}; ///< of function card-printer
    std::optional<HostCard> card{};   ///< of function card-reader
};
BOOST_DESCRIBE_STRUCT(HostRun, (), (function, subject, parts, accepted_mono_us, params, print, card))

/// host_begins: the plugin is about to do what cannot be taken back, and waits for host_go.
struct HostBegins {
    std::optional<Evidence> evidence; ///< before the job
};
BOOST_DESCRIBE_STRUCT(HostBegins, (), (evidence))

/// host_apdus: one exchange with the open card; host_answers is its answer.
struct HostApdus {
    std::int64_t exchange = 0;
    std::vector<std::string> commands; ///< hex
};
BOOST_DESCRIBE_STRUCT(HostApdus, (), (exchange, commands))
struct HostAnswers {
    std::int64_t exchange = 0;
    std::vector<std::string> responses; ///< of the commands that were sent
    std::optional<Failure> failure;     ///< of the command after them
};
BOOST_DESCRIBE_STRUCT(HostAnswers, (), (exchange, responses, failure))

/// host_chip_over: the print goes on, or fails because the chip did not take what it should.
struct HostChipOver {
    bool failed = false;
};
BOOST_DESCRIBE_STRUCT(HostChipOver, (), (failed))

/// What a printer reports of a card, also of one that failed.
struct HostPrinted {
    model::CardAt card_at = model::CardAt::unknown;
    std::optional<std::int64_t> counter_before, counter_after;
    std::optional<std::string> blank_serial;
};
BOOST_DESCRIBE_STRUCT(HostPrinted, (), (card_at, counter_before, counter_after, blank_serial))

struct HostProgress {
    std::optional<Percent> percent, quality;
    std::vector<std::string> guide;
};
BOOST_DESCRIBE_STRUCT(HostProgress, (), (percent, quality, guide))

/// host_frame: one descriptor, a sealed memfd of `bytes`.
struct HostFrame {
    Count index;
    std::string subject;
    std::optional<Count> page;
    std::optional<std::string> side;
    MediaType format;
    Count width_px, height_px, bits, channels, dpi_x, dpi_y;
    Int<1, 8> orientation = 1;
    Count bytes;
    std::string hash; ///< "sha256:<hex>", computed by the host as the bytes arrived
    Exposure exposure;
    std::vector<Quality> quality;
    std::optional<Box> box;
    std::vector<Finger> fingers; ///< slaps: what the device found
};
BOOST_DESCRIBE_STRUCT(HostFrame, (),
                      (index, subject, page, side, format, width_px, height_px, bits, channels, dpi_x, dpi_y,
                       orientation, bytes, hash, exposure, quality, box, fingers))

/// host_final: the job's end as the host saw it. Without `failure` it is done.
struct HostFinal {
    std::optional<Failure> failure;
    Count frames; ///< how many host_frame messages belong to it
    std::optional<HostPrinted> printed{};
    std::optional<Readings> readings{};
};
BOOST_DESCRIBE_STRUCT(HostFinal, (), (failure, frames, printed, readings))

struct HostCheck {
    model::HealthLevel level = model::HealthLevel::self;
};
BOOST_DESCRIBE_STRUCT(HostCheck, (), (level))

struct HostHealth {
    model::HealthState state = model::HealthState::unknown;
    std::vector<HealthCheck> checks;
    std::optional<Failure> failure; ///< the check itself could not be made
    std::optional<std::vector<Consumable>> consumables{};
};
BOOST_DESCRIBE_STRUCT(HostHealth, (), (state, checks, failure, consumables))

struct HostChanged {
    bool devices = false;       ///< "enumerate me again"
    std::optional<bool> gone{}; ///< "close me": unplugged or switched off
    std::optional<std::map<std::string, RawJson>> capabilities;
    std::optional<std::int64_t> caps_rev;
};
BOOST_DESCRIBE_STRUCT(HostChanged, (), (devices, gone, capabilities, caps_rev))

} // namespace rekam::wire
