// SPDX-License-Identifier: Apache-2.0
#include "core/broker/gate.h"

#include "core/broker/cards.h"
#include "core/broker/cases.h"
#include "core/broker/children.h"
#include "core/broker/doctor.h"
#include "core/broker/drain.h"
#include "core/broker/frames.h"
#include "core/broker/health.h"
#include "core/broker/holds.h"
#include "core/broker/identify.h"
#include "core/broker/jobs.h"
#include "core/broker/journal_requests.h"
#include "core/broker/leases.h"
#include "core/broker/ledger.h"
#include "core/broker/listings.h"
#include "core/broker/mocks.h"
#include "core/broker/plugins.h"
#include "core/broker/preview_pools.h"
#include "core/broker/previews.h"
#include "core/broker/prints.h"
#include "core/broker/reconcile.h"
#include "core/broker/replacements.h"
#include "core/broker/resets.h"
#include "core/broker/slots.h"
#include "core/broker/statistics.h"
#include "core/broker/stop.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"
#include "core/wire/rights.h"

namespace rekam::broker {
namespace {

using model::Code;
using model::make_error;

/// Every operation that reaches the broker. schema.get is the gate's own.
void serve(Step& step, Asked& asked, const ChildMessage& event) {
    using enum wire::Op;
    switch (asked.request.op) {
    case hello: return rekam::broker::hello(step, asked, event.message.tail, event.nonce);
    case schema_get: return step.reply(asked.reply_to, make_error(Code::internal, "schemas are served by the gate"));
    case station_get: return rekam::broker::station_get(step, asked);
    case station_drain: return rekam::broker::station_drain(step, asked);
    case slot_list: return rekam::broker::slot_list(step, asked);
    case slot_get: return rekam::broker::slot_get(step, asked);
    case device_list: return rekam::broker::device_list(step, asked);
    case device_get: return rekam::broker::device_get(step, asked);
    case device_statistics: return rekam::broker::device_statistics(step, asked);
    case plugin_list: return rekam::broker::plugin_list(step, asked);
    case lease_acquire: return rekam::broker::lease_acquire(step, asked);
    case lease_renew: return rekam::broker::lease_renew(step, asked);
    case lease_release: return rekam::broker::lease_release(step, asked);
    case lease_list: return rekam::broker::lease_list(step, asked);
    case case_open: return rekam::broker::case_open(step, asked, event.nonce);
    case case_close: return rekam::broker::case_close(step, asked);
    case case_get: return rekam::broker::case_get(step, asked);
    case case_list: return rekam::broker::case_list(step, asked);
    case print_start: return rekam::broker::print_start(step, asked);
    case card_open: return rekam::broker::card_open(step, asked);
    case card_transmit: return rekam::broker::card_transmit(step, asked);
    case card_close: return rekam::broker::card_close(step, asked);
    case cards_get: return rekam::broker::cards_get(step, asked);
    case cards_load: return rekam::broker::cards_load(step, asked);
    case cards_count: return rekam::broker::cards_count(step, asked);
    case cards_spoil: return rekam::broker::cards_spoil(step, asked);
    case slot_bind: return rekam::broker::slot_bind(step, asked);
    case slot_hold: return rekam::broker::slot_hold(step, asked);
    case slot_release: return rekam::broker::slot_release(step, asked);
    case slot_replace: return rekam::broker::slot_replace(step, asked);
    case slot_reset: return rekam::broker::slot_reset(step, asked);
    case slot_identify: return rekam::broker::slot_identify(step, asked);
    case device_doctor: return rekam::broker::device_doctor(step, asked);
    case plugin_reload: return rekam::broker::plugin_reload(step, asked);
    case plugin_clear_quarantine: return rekam::broker::plugin_clear_quarantine(step, asked);
    case capture_start: return rekam::broker::capture_start(step, asked);
    case frame_get: return rekam::broker::frame_get(step, asked);
    case frame_release: return rekam::broker::frame_release(step, asked);
    case preview_start: return rekam::broker::preview_start(step, asked);
    case preview_stop: return rekam::broker::preview_stop(step, asked);
    case job_get: return rekam::broker::job_get(step, asked);
    case job_list: return rekam::broker::job_list(step, asked);
    case job_cancel: return rekam::broker::job_cancel(step, asked);
    case job_extend: return rekam::broker::job_extend(step, asked);
    case job_reconcile: return rekam::broker::job_reconcile(step, asked);
    case health_check: return rekam::broker::health_check(step, asked);
    case mock_set: return rekam::broker::mock_set(step, asked);
    case mock_clear: return rekam::broker::mock_clear(step, asked);
    case mock_get: return rekam::broker::mock_get(step, asked);
    case journal_query:
    case journal_verify:
    case journal_head:
    case journal_erase:
    case report_daily: return ask_journal(step, asked);
    }
}

/// Closes the attachments that no job took over.
struct Cleanup {
    Step& step;
    const Asked& asked;
    ~Cleanup() {
        for (const auto& part : asked.attachments)
            if (part.descriptor >= 0)
                step.out.push_back(CloseDescriptor{part.descriptor});
    }
};

/// Takes the message's descriptors over. False: they are not what the gate says of them.
bool read_attachments(Step& step, ChildMessage& event, std::vector<Attached>& to) {
    const auto descriptors = std::move(event.message.descriptors);
    if (descriptors.empty())
        return true;
    wire::Prefix credit;
    credit.incarnation = static_cast<std::uint64_t>(step.s.gate.epoch);
    step.send(event.child, wire::Type::gate_credit,
              wire::encode(wire::Taken{static_cast<std::int64_t>(descriptors.size())}), credit);
    const auto said = wire::decode<wire::Attachments>(event.message.tail);
    bool right = said && said->parts.size() == descriptors.size() && event.sealed_bytes.size() == descriptors.size();
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
        Attached part{descriptors[i], 0, {}};
        if (right) {
            right = said->parts[i].bytes == event.sealed_bytes[i] && event.sealed_bytes[i] >= 0;
            part.bytes = event.sealed_bytes[i];
            part.hash = said->parts[i].hash;
        }
        to.push_back(std::move(part));
    }
    return right;
}

/// The gate has checked the header with the same reader; if it does not read here, the gate is not what it was.
std::optional<model::Error> request(Step& step, ChildMessage& event) {
    const auto& prefix = event.message.prefix;
    Asked asked;
    const bool attached = read_attachments(step, event, asked.attachments);
    const Cleanup cleanup{step, asked};
    auto read = wire::read_request(event.message.json);
    if (!attached || !read || prefix.request == 0 || (!asked.attachments.empty() && !wire::takes_parts(read->op)))
        return make_error(Code::protocol_error, "the gate passed on a request that it should have refused");
    asked.request = std::move(*read);
    asked.reply_to = {prefix.request, prefix.incarnation};
    asked.session = prefix.session;
    asked.reply_to.progress = asked.request.wants_progress();
    asked.reply_to.session = asked.session;
    if (asked.request.op != wire::Op::hello && !seen(step, asked.session)) {
        step.reply(asked.reply_to,
                   make_error(Code::unknown_session,
                              "the session ended or the station restarted; say hello again without resume", "session"));
        return std::nullopt;
    }
    if (asked.request.op != wire::Op::hello) {
        const Session& session = step.s.sessions.at(asked.session);
        if (!wire::may(session.roles, asked.request.op)) { // the gate knows the roles of the last hello only
            step.reply(asked.reply_to, wire::denied(asked.request.op, session.principal));
            return std::nullopt;
        }
    }
    serve(step, asked, event);
    return std::nullopt;
}

} // namespace

void start_gate(Step& step) {
    State& s = step.s;
    ++s.gate.epoch;
    s.gate.child = start_child(step, ChildKind::gate, 0, "gate", {});
    s.gate.unread = 0;
    s.gate.counters = {};
    touch_station(step);
}

void gate_greeted(Step& step) {
    State& s = step.s;
    const auto& endpoints = s.config.endpoints;
    wire::GateConfig config;
    config.requests = endpoints.requests;
    config.events = endpoints.events;
    if (!endpoints.data.empty())
        config.data = endpoints.data;
    config.tcp_requests = endpoints.tcp_requests;
    config.tcp_events = endpoints.tcp_events;
    config.station_key = endpoints.station_key;
    config.station = {s.station_id, s.config.station_name, s.config.zone};
    config.station_epoch = s.station_epoch;
    config.gate_epoch = s.gate.epoch;
    config.limits = s.config.limits;
    // The numbers of the streams are not sent along: a station with a thousand devices would not fit one message, and
    // every record carries its own.
    wire::Prefix prefix;
    prefix.incarnation = static_cast<std::uint64_t>(s.gate.epoch);
    step.send(s.gate.child, wire::Type::gate_config, wire::encode(config), prefix);
    if (!s.ready_said) {
        s.ready_said = true;
        step.out.push_back(Status{"ready"});
    }
}

std::optional<model::Error> gate_message(Step& step, ChildMessage& event) {
    const auto& message = event.message;
    if (message.prefix.incarnation != static_cast<std::uint64_t>(step.s.gate.epoch)) {
        for (const auto descriptor : message.descriptors)
            step.out.push_back(CloseDescriptor{descriptor});
        return make_error(Code::protocol_error, "the gate spoke for another incarnation");
    }
    switch (message.prefix.type) {
    case wire::Type::gate_request: return request(step, event);
    case wire::Type::gate_counters: {
        const auto counters = wire::decode<wire::GateCounters>(message.json);
        if (!counters)
            return make_error(Code::protocol_error, "the gate sent counters that cannot be read");
        step.s.gate.counters = *counters;
        touch_station(step);
        return std::nullopt;
    }
    case wire::Type::gate_interest: {
        auto interest = wire::decode<wire::GateInterest>(message.json);
        if (!interest)
            return make_error(Code::protocol_error, "the gate told of interests that cannot be read");
        interests_changed(step, std::move(interest->prefixes));
        return std::nullopt;
    }
    case wire::Type::gate_taken: {
        const auto taken = wire::decode<wire::Taken>(message.json);
        if (!taken || taken->descriptors < 0 || taken->descriptors > step.s.gate.unread)
            return make_error(Code::protocol_error, "the gate took more descriptors than it was given");
        step.gate_took(taken->descriptors);
        preview_taken(step, message.prefix.request);
        return std::nullopt;
    }
    case wire::Type::gate_returned: return buffer_returned(step, message);
    default: return make_error(Code::protocol_error, "the gate sent what a gate does not send");
    }
}

void gate_died(Step& step) {
    State& s = step.s;
    s.gate.child = 0;
    s.gate.waiting.clear();
    s.gate.interests.clear();
    s.gate.unread = 0;
    s.counters.http_closed += s.gate.counters.http_closed;
    s.counters.bad_requests += s.gate.counters.bad_requests;
    s.counters.events_dropped += s.gate.counters.events_dropped;
    s.gate.counters = {};
    detach_all(step);
    forget_replies(step);
    end_all_previews(step, model::EndCause::session_ended); // nobody sees them, and nobody could stop them
    drop_waiters(step);
    for (auto& [id, kept] : s.cases)
        kept.closing.clear();
}

void gate_ended(Step& step) {
    State& s = step.s;
    s.gate.child = 0;
    if (s.stopping != Stopping::no)
        return stop_goes_on(step);
    ++s.gate.restart_count;
    const auto& figures = s.config.supervision;
    const model::RestartPolicy policy{figures.backoff_min_ms, figures.gate_backoff_max_ms, figures.reset_after_ms, 0,
                                      figures.quarantine_window_ms};
    const std::int64_t delay_ms = s.gate.restarts.failed(step.now, policy).value_or(figures.gate_backoff_max_ms);
    if (delay_ms == 0)
        return start_gate(step);
    s.timers.arm({Timer::Kind::gate_retry, 0}, step.in_ms(delay_ms));
}

} // namespace rekam::broker
