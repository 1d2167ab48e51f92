// SPDX-License-Identifier: Apache-2.0 OR MIT
// One device of a host as a pure state machine: one thread for its calls. No clock, thread, socket or vendor code; the
// shell of rekam-host and the simulator run it alike. A process with several devices has one for each
// (core/host/loops.h).
//
//            Started              host_start            Opened            stop, Detached           Closed
//   fresh ───────────▶ waiting ───────────────▶ opening ───────▶ open ────────────────────▶ closing ───────▶ ended
//                         │ stop, Detached        │ OpenFailed                                 │ overdue       ▲
//                         └───────────────────────┴────────────────────────────────────────────┴──────────────┘
// In open (and closing) the device's thread does one thing at a time: a job, a health check, or reading capabilities.
// One job may wait for a check that runs, one check for a job, and somebody who wants to see which device it is. A
// check of level self runs beside a job where the plugin allows it. A preview goes on in between, one short step after
// the other.
#pragma once

#include "core/base/clock.h"
#include "core/host/buffers.h"

#include <deque>

namespace rekam::host {

enum class LoopState : std::uint8_t { fresh, waiting, opening, open, closing, ended };

/// Bounds of the loop. The plugin's own promises come with host_start and Opened.
struct LoopLimits {
    std::int64_t interrupt_ms_max = 2'000; ///< what every plugin promises (REKAM_INTERRUPT_MS)
    std::int64_t call_ms_max = 5'000;      ///< capabilities, close (REKAM_CALL_MS)
    /// The broker acts on a broken promise first, and knows why; this much later the host ends itself.
    std::int64_t grace_ms = 1'000;
    std::int64_t create_ms_max = 10'000;     ///< loading the library, beside open_ms_max
    std::int64_t print_ms_max = 300'000;     ///< for a card that has begun, when the station is gone or stops
    std::int64_t long_check_ms_max = 60'000; ///< exercise and guided, where the broker gives no deadline
    std::int64_t progress_every_ms = 50;     ///< newest wins in between
    std::int64_t preview_wait_ms = 100;      ///< for a picture of a preview: so long a capture may have to wait
    std::int64_t preview_again_ms = 10;      ///< after no picture came: a plugin may not wait for one
    std::size_t frames_waiting = 32;         ///< submitted, but without credit to send them
};

class Loop {
  public:
    explicit Loop(LoopLimits limits = {}) : limits_(limits) {}
    /// One of several on one channel: they share its credit, which outlives them. Only the first greets.
    Loop(LoopLimits limits, std::size_t* credits, bool greets)
        : limits_(limits), state_(greets ? LoopState::fresh : LoopState::waiting), credits_(credits) {}

    /// Takes one event, gives what is to be done, in order. After an Exit no further event has an effect.
    Effects step(const Now& now, Event event);

    /// When a Tick is due at the latest, on Now::mono_us; never_us for not at all.
    [[nodiscard]] std::int64_t next_deadline_us() const;

    [[nodiscard]] LoopState state() const { return state_; }
    [[nodiscard]] bool has_job() const { return job_.has_value(); }

  private:
    enum class Stop : std::uint8_t { none, cancel, deadline, leaving };
    enum class Occupied : std::uint8_t { no, opening, job, check, identify, capabilities, preview, closing };

    /// A call that can be interrupted: what it answers to, and by when it must be over.
    struct Call {
        CallId id = 0;
        wire::Prefix prefix; ///< of the message that asked, for the answer
        bool started = false;
        Stop stop = Stop::none;
        std::int64_t deadline_us = never_us; ///< then it is interrupted
        std::int64_t give_up_us = never_us;  ///< then the process ends
    };
    struct Job : Call {
        wire::HostRun run;
        std::int64_t frames = 0;
        std::deque<Framed> waiting;
        std::optional<wire::Failure> spoiled; ///< the first thing that makes a good end impossible
        std::optional<RunEnded> ended;        ///< waits until its frames are sent
        std::optional<wire::HostProgress> progress;
        std::int64_t progress_us = 0; ///< the next one may leave then
        std::vector<wire::Descriptor> pictures;
        bool waits_for_go = false, begun = false, at_chip = false; ///< of a print
    };
    struct CardCall : Call { ///< an exchange with the card of the print that runs
        wire::HostRun run;
    };
    struct HealthCall : Call {
        model::HealthLevel level = model::HealthLevel::self;
        bool beside = false;
    };

    struct IdentifyCall {
        wire::Prefix prefix;
        std::int64_t ms = 0;
        bool started = false;
    };

    struct Preview {
        wire::Prefix prefix; ///< of the message that asked; its job is the preview's number
        wire::HostPreview asked;
        std::int64_t frames = 0;
        std::int64_t due_us = 0;              ///< the next picture, at the earliest
        bool streams = false;                 ///< the plugin's start was called, so its stop will be
        bool with_broker = false;             ///< a picture is under way to it
        bool over = false;                    ///< nothing is shown any more
        std::optional<Buffers> buffers;       ///< where its pictures go to a pool
        wire::BufferRef filling;              ///< the one that the plugin has
        std::optional<wire::Failure> failure; ///< why, where the broker did not ask for it
    };

    void on(Started& event);
    void on(Received& event);
    void on(Detached& event);
    void on(Opened& event);
    void on(OpenFailed& event);
    void on(Progressed& event);
    void on(Framed& event);
    void on(Begins& event);
    void on(AtChip& event);
    void on(CardOpened& event);
    void on(CardAnswered& event);
    void on(RunEnded& event);
    void on(Checked& event);
    void on(Previewed& event);
    void on(Identified& event);
    void on(CapabilitiesRead& event);
    void on(Closed& event);
    void on(Changed& event);
    void on(Tick& event);

    void received_start(const wire::Message& message);
    void received_run(wire::Message& message);
    void received_card_at_print(const wire::Prefix& prefix, wire::HostRun run);
    void received_go(const wire::Message& message);
    void received_chip_over(const wire::Message& message);
    void received_apdus(const wire::Message& message);
    void received_card_close(const wire::Message& message);
    void received_interrupt(const wire::Message& message);
    void received_check(const wire::Message& message);
    void received_identify(const wire::Message& message);
    void received_preview(const wire::Message& message);
    void received_preview_stop(const wire::Message& message);
    void received_returned(const wire::Message& message);
    void received_taken(const wire::Message& message);
    void refuse_run(const wire::Prefix& prefix, model::Code code, const std::string& message);
    void refuse_check(const wire::Prefix& prefix, model::Code code, const std::string& message);
    void refuse_identify(const wire::Prefix& prefix, model::Code code, const std::string& message);

    void schedule();
    void start_job();
    void start_check(bool beside);
    void start_identify();
    bool end_preview();
    void go_on_with_preview();
    void preview_is_over(std::optional<wire::Failure> failure);
    void ask_preview(PreviewStep step);
    void finish_preview();
    void forget_preview();
    void send_pool();
    [[nodiscard]] bool shows(Previewed& event);
    [[nodiscard]] std::int64_t preview_due_us() const;
    void stop_call(Call& call, Stop why);
    void leave();
    void pump_frames();
    void refuse_frames();
    void flush_progress();
    void stop_print(Stop why);
    void finish_card(std::optional<wire::Failure> failure);
    [[nodiscard]] Call* exchange_of(const wire::Prefix& prefix);
    [[nodiscard]] const wire::Prefix* card_prefix(CallId call) const;
    void release_all(std::vector<wire::Descriptor>& descriptors);
    void finish_job();
    [[nodiscard]] std::optional<wire::Failure> verdict() const;
    void give_up(const std::string& what);
    bool overdue();

    void enter(LoopState state);
    void send(wire::Type type, const wire::Prefix& about, std::string json, std::vector<wire::Descriptor> handed = {});
    void end(int code, std::string reason);
    [[nodiscard]] std::size_t& credits() { return credits_ ? *credits_ : own_credits_; }
    [[nodiscard]] std::size_t credits() const { return credits_ ? *credits_ : own_credits_; }
    [[nodiscard]] std::int64_t after_ms(std::int64_t ms) const { return now_.mono_us + ms * us_per_ms; }

    LoopLimits limits_;
    LoopState state_ = LoopState::fresh;
    Now now_;
    Effects effects_;
    bool attached_ = true;
    std::uint64_t incarnation_ = 0, device_ = 0; ///< as host_start says them
    CallId next_check_ = 0;
    Occupied occupied_ = Occupied::no;
    std::int64_t occupied_until_us_ = never_us; ///< opening, capabilities, closing: calls that cannot be interrupted
    std::int64_t health_ms_max_ = 5'000;
    bool health_beside_job_ = false, capabilities_dirty_ = false;
    std::size_t own_credits_ = wire::descriptor_credit;
    std::size_t* credits_ = nullptr; ///< the channel's, where others use it too
    std::optional<Job> job_;
    std::optional<CardCall> card_;
    std::optional<HealthCall> check_;
    std::optional<IdentifyCall> identify_;
    std::optional<Preview> preview_;
};

} // namespace rekam::host
