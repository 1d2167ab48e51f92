// SPDX-License-Identifier: Apache-2.0
#include "core/broker/broker.h"

#include "core/broker/backlog.h"
#include "core/broker/cases.h"
#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/doctor_machine.h"
#include "core/broker/drain.h"
#include "core/broker/fallbacks.h"
#include "core/broker/frames.h"
#include "core/broker/gate.h"
#include "core/broker/health.h"
#include "core/broker/holds.h"
#include "core/broker/hotplug.h"
#include "core/broker/identify.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/journal_requests.h"
#include "core/broker/leases.h"
#include "core/broker/ledger.h"
#include "core/broker/plugins.h"
#include "core/broker/previews.h"
#include "core/broker/promises.h"
#include "core/broker/readings.h"
#include "core/broker/replacements.h"
#include "core/broker/resets.h"
#include "core/broker/self_checks.h"
#include "core/broker/slots.h"
#include "core/broker/statistics.h"
#include "core/broker/stop.h"
#include "core/broker/store_state.h"
#include "core/broker/views.h"

#include <stdexcept>

namespace rekam::broker {
namespace {

void restored(Step& step, Restored& event) {
    State& s = step.s;
    s.restored = true;
    s.station_id = std::move(event.station_id);
    s.boot = std::move(event.boot);
    s.build = std::move(event.build);
    s.station_epoch = event.station_epoch;
    s.sandbox_missing = std::move(event.sandbox_missing);
    s.config = event.config;
    s.config_state.rev = 0; // config_loaded makes it 1
    journal_start(step);
    for (const auto& record : event.records)
        if (record.kind == "hopper") // before the jobs, whose blanks it may still have to count
            restore_hopper(s, record);
    for (const auto& record : event.records) {
        if (record.kind == "drain")
            restore_drain(s, record);
        if (record.kind == "case")
            restore_case(s, record);
        if (record.kind == "binding")
            restore_binding(s, record);
        if (record.kind == "hold")
            restore_hold(s, record);
        if (record.kind == "statistics")
            restore_statistics(s, record);
        if (record.kind == "job")
            restore_job(step, record);
    }
    jobs_restored(step);
    purge(step);
    start_gate(step);
    config_loaded(step, std::move(event.config));
}

void fire(Step& step, const Timer& timer) {
    using Kind = Timer::Kind;
    switch (timer.kind) {
    case Kind::child_start: return child_overdue(step, timer.number);
    case Kind::child_ping: return child_ping(step, timer.number);
    case Kind::gate_retry: return start_gate(step);
    case Kind::plugin_retry: return enumerate_again(step, timer.number);
    case Kind::device_retry: return device_retry(step, timer.number);
    case Kind::device_call: return device_overdue(step, timer.number);
    case Kind::job_deadline: return job_deadline(step, timer.number);
    case Kind::job_grace: return job_grace_over(step, timer.number);
    case Kind::check_overdue: return check_overdue(step, timer.number);
    case Kind::identify_overdue: return identify_overdue(step, timer.number);
    case Kind::device_reset: return reset_overdue(step, timer.number);
    case Kind::device_trial: return trial_overdue(step, timer.number);
    case Kind::self_check: return self_check_due(step, timer.number);
    case Kind::statistics: return write_statistics(step);
    case Kind::bus_settled: return bus_settled(step, timer.number);
    case Kind::port_calm: return ports_calm(step);
    case Kind::probe_overdue: return probe_overdue(step, timer.number);
    case Kind::slot_place: return place_due(step, timer.number);
    case Kind::lease_expiry: return lease_expiry(step, timer.number);
    case Kind::lease_wait: return lease_wait_over(step, timer.number);
    case Kind::session_idle: return session_idle(step, timer.number);
    case Kind::preview_deadline: return preview_deadline(step, timer.number);
    case Kind::frame_expiry: return drop_frame(step, timer.number);
    case Kind::readings_expiry: return drop_readings(step, job_id(step.s, timer.number));
    case Kind::stop_phase: return stop_phase_over(step);
    case Kind::store_retry: return retry_store(step);
    case Kind::store_gather: step.write_now = true; return;
    case Kind::purge: return purge(step);
    }
}

void handle(Step& step, Event& event) {
    struct Visitor {
        Step& step;
        void operator()(Restored& e) { restored(step, e); }
        void operator()(ConfigLoaded& e) { config_loaded(step, std::move(e.config)); }
        void operator()(ConfigRefused& e) { config_refused(step, e); }
        void operator()(ChildStarted& e) { child_started(step, e); }
        void operator()(ChildSpawnFailed& e) { spawn_failed(step, e); }
        void operator()(ChildMessage& e) { child_message(step, e); }
        void operator()(ChannelBroken& e) { channel_broken(step, e); }
        void operator()(ChildExited& e) { child_exited(step, e); }
        void operator()(ChildGone& e) { child_gone(step, e); }
        void operator()(Durable& e) {
            store_writes(step, e.on_reserve);
            appended(step, e.token);
            keep_promises(step, e.token);
            recorded(step, e.token);
        }
        void operator()(AppendFailed& e) {
            store_refuses(step, e);
            append_failed(step, e.token);
            break_promises(step, e);
            record_failed(step, e);
        }
        void operator()(Found& e) { found(step, e); }
        void operator()(PortReset& e) { port_reset(step, e); }
        void operator()(Probed& e) { probed(step, e); }
        void operator()(JournalAnswered& e) { journal_answered(step, e); }
        void operator()(PowerSeen& e) { power_seen(step, e); }
        void operator()(HotplugWatch& e) { hotplug_watch(step, std::move(e)); }
        void operator()(BusChanged& e) { bus_changed(step, e); }
        void operator()(Tick&) {}
        void operator()(Stop&) { stop(step); }
    };
    std::visit(Visitor{step}, event);
}

/// CLOCK_BOOTTIME went on while CLOCK_MONOTONIC stood still: leases are due earlier than their timers know.
void follow_clocks(Step& step) {
    const std::int64_t offset_us = step.now.boot_us - step.now.mono_us;
    if (offset_us - step.s.boot_offset_us < 1'000)
        return;
    step.s.boot_offset_us = offset_us;
    rearm_leases(step);
}

} // namespace

Broker::Broker() : state_(std::make_unique<State>()) {}
Broker::~Broker() = default;

Effects Broker::step(const Now& now, Event event) {
    if (state_->restored == std::holds_alternative<Restored>(event))
        throw std::logic_error("the first event, and no other, must be Restored");
    Effects out;
    Step step{*state_, now, out};
    follow_clocks(step);
    handle(step, event);
    while (const auto timer = state_->timers.take_due(now.mono_us))
        fire(step, *timer);
    look_at_places(step);
    note_states(step);
    publish(step);
    append(step);
    if (step.exit_wanted)
        out.push_back(Exit{0});
    return out;
}

bool Broker::finishes_card() const { return has_card_under_way(*state_); }

std::int64_t Broker::next_deadline_us() const { return state_->timers.next_us(); }

} // namespace rekam::broker
