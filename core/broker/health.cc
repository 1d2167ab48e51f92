// SPDX-License-Identifier: Apache-2.0
#include "core/broker/health.h"

#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/jobs.h"
#include "core/broker/refusals.h"
#include "core/broker/replacements.h"
#include "core/broker/required_readings.h"
#include "core/broker/self_checks.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

namespace rekam::broker {
namespace {

using model::Code;
using model::HealthLevel;
using model::HealthState;
using model::make_error;

model::Who who_mends(model::Class cls) {
    switch (cls) {
    case model::Class::operator_: return model::Who::operator_;
    case model::Class::vendor: return model::Who::vendor;
    case model::Class::system: return model::Who::self;
    default: return model::Who::technician;
    }
}

/// It has a job that no such check may go beside.
bool works(const Device& device, HealthLevel level) {
    return device.running != 0 && (!device.health_beside_job || level != HealthLevel::self);
}

/// A device that is not open has an answer too: what keeps it from opening.
wire::HealthResult from_trouble(const Step& step, const Device& device, const model::Error& trouble,
                                const CheckAsked& asked) {
    wire::HealthResult result;
    result.device = device.id;
    result.slot = asked.slot;
    result.level = asked.level;
    result.state = HealthState::failed;
    result.checks.push_back(
        {"device", HealthState::failed, trouble.message, trouble.hint, who_mends(trouble.class_), {}});
    result.at = step.time();
    return result;
}

model::Error busy_device(const Device& device, const char* why) {
    auto error = make_error(Code::busy, std::string(why) + "; try again when it is done");
    error.device = device.id;
    error.retry_ms = 1'000;
    return error;
}

/// The host is not asked now. A check of the station's own is no reason: that one is over soon, and this one follows
/// it.
std::optional<model::Error> not_now(const Step& step, const Device& device, const CheckAsked& asked) {
    if (device.check && (!device.check->own || device.check->next))
        return busy_device(device, "a health check of the device runs already");
    if (works(device, asked.level))
        return busy_device(device, "the device is capturing");
    if (asked.level == HealthLevel::self)
        return std::nullopt;
    for (const auto& [name, slot] : step.s.slots) {
        const auto lease = step.s.leases.find(slot.lease);
        if (slot.device != device.no || lease == step.s.leases.end() || lease->second.session == asked.session)
            continue;
        auto error = make_error(Code::lease_held, "this check moves the device, and another client has leased slot " +
                                                      name + "; ask when its lease has ended");
        error.holder = holder_of(step, lease->second);
        error.remaining_ms = remaining_ms(step, lease->second);
        error.slot = name;
        return error;
    }
    return std::nullopt;
}

CheckAsked wanted_by(const Asked& asked) {
    const auto& params = std::get<wire::HealthCheckParams>(asked.request.params);
    CheckAsked wanted{asked.reply_to, params.level.value_or(HealthLevel::self), {}, 60'000, asked.session};
    if (params.slot)
        wanted.slot = params.slot->value;
    if (asked.request.envelope.deadline_ms)
        wanted.at_most_ms = asked.request.envelope.deadline_ms->value;
    return wanted;
}

/// The check that came while the station's own was under way.
void begin_next(Step& step, Device& device, const CheckAsked& next) {
    if (!takes_calls(step.s, device))
        return step.reply(next.reply_to,
                          wire::encode(from_trouble(
                              step, device, make_error(Code::not_ready, "its process is being started anew"), next)));
    if (device.check || works(device, next.level))
        return step.reply(next.reply_to, busy_device(device, "the device is at work"));
    ask_host(step, device, next, false);
}

/// What the host said, with what the station sees itself.
wire::HealthResult result_of(const Step& step, const Device& device, const wire::HostHealth& body) {
    const Check& check = *device.check;
    wire::HealthResult result;
    result.device = device.id;
    result.slot = check.asked.slot;
    result.level = check.asked.level;
    result.checks = body.checks;
    HealthState said = body.state;
    if (body.failure) {
        const auto error = with_remedy(error_from(*body.failure));
        result.checks.push_back(
            {"device", HealthState::failed, error.message, error.hint, who_mends(error.class_), {}});
        said = HealthState::failed;
    }
    result.consumables = body.consumables;
    result.state = with_own_checks(step.s, device, result, said);
    result.took_ms = (step.now.mono_us - check.started_us) / us_per_ms;
    result.at = step.time();
    return result;
}

} // namespace

bool report_first(Step& step, Device& device) {
    if (device.check && device.check->for_readings)
        return true;
    const Job& next = step.s.jobs.at(device.queue.front());
    if (!needs_report(step, step.s.slots.at(next.record.slot), device))
        return false;
    if (device.check) // whoever asked for it: it tells the readings too
        return true;
    ask_host(step, device, {{}, HealthLevel::self, {}, device.facts.health_ms_max, 0}, true);
    device.check->for_readings = true;
    return true;
}

void health_check(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& params = std::get<wire::HealthCheckParams>(asked.request.params);
    if (params.slot.has_value() == params.device.has_value())
        return step.reply(
            asked.reply_to,
            make_error(Code::bad_request, "params needs either slot or device: send exactly one of them", "params"));
    DeviceNo no = 0;
    if (params.slot) {
        const auto slot = s.slots.find(params.slot->value);
        if (slot == s.slots.end())
            return step.reply(asked.reply_to, unknown_slot(params.slot->value));
        no = slot->second.device;
        if (no == 0)
            return step.reply(asked.reply_to, slot_unbound(slot->first, slot->second.why_unbound));
    } else {
        const auto found = s.device_ids.find(params.device->value);
        if (found == s.device_ids.end())
            return step.reply(asked.reply_to, unknown_device(params.device->value));
        no = found->second;
    }
    Device& device = s.devices.at(no);
    const CheckAsked wanted = wanted_by(asked);
    if (!takes_calls(s, device)) {
        const auto trouble = device.error.value_or(
            make_error(Code::not_ready, "the device is not open: bind a slot to it, or wait until it has started"));
        return step.reply(asked.reply_to, wire::encode(from_trouble(step, device, trouble, wanted)));
    }
    if (auto error = not_now(step, device, wanted))
        return step.reply(asked.reply_to, *error);
    if (device.check)
        device.check->next = wanted;
    else
        ask_host(step, device, wanted, false);
}

void ask_host(Step& step, Device& device, const CheckAsked& asked, bool own) {
    device.check = Check{asked, own, step.now.mono_us, false, {}};
    step.send(device.host, wire::Type::host_check, wire::encode(wire::HostCheck{asked.level}), prefix_to(device));
    step.s.timers.arm({Timer::Kind::check_overdue, device.no},
                      step.in_ms(asked.level == HealthLevel::self ? device.facts.health_ms_max : asked.at_most_ms));
}

std::optional<model::Error> health_result(Step& step, Device& device, const wire::Message& message) {
    auto body = wire::decode<wire::HostHealth>(message.json);
    if (!body)
        return make_error(Code::protocol_error, "the host sent a health report that cannot be read");
    if (!device.check)
        return std::nullopt;
    const auto failure = body->failure;
    const auto result = result_of(step, device, *body);
    const Check check = *device.check;
    device.check.reset();
    step.s.timers.disarm({Timer::Kind::check_overdue, device.no});
    note_readings(step, device, body->checks);
    if (failure && !check.own) { // it could not be made: that says nothing about the device
        auto error = with_remedy(error_from(*failure));
        error.device = device.id;
        step.reply(check.asked.reply_to, error);
    } else {
        step.reply(check.asked.reply_to, wire::encode(result));
        remember_health(step, device, result, check.own);
    }
    renew_if_idle(step, device.host);
    trial_checked(step, device, *body);
    if (check.next)
        begin_next(step, device, *check.next);
    if (!device.check || device.health_beside_job)
        dispatch(step, device);
    return std::nullopt;
}

void health_died(Step& step, Device& device, const model::Error& error) {
    if (!device.check)
        return;
    const Check check = *device.check;
    device.check.reset();
    step.s.timers.disarm({Timer::Kind::check_overdue, device.no});
    step.reply(check.asked.reply_to, wire::encode(from_trouble(step, device, error, check.asked)));
    if (check.next)
        step.reply(check.next->reply_to, wire::encode(from_trouble(step, device, error, *check.next)));
}

void check_overdue(Step& step, DeviceNo no) {
    const auto found = step.s.devices.find(no);
    if (found != step.s.devices.end() && found->second.check)
        kill_child(step, found->second.host,
                   make_error(Code::broken_promise, "the plugin's health check did not end within its promise"), no);
}

} // namespace rekam::broker
