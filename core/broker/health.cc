// SPDX-License-Identifier: Apache-2.0
#include "core/broker/health.h"

#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/jobs.h"
#include "core/broker/refusals.h"
#include "core/broker/replacements.h"
#include "core/broker/required_readings.h"
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

/// A device that is not open has an answer too: what keeps it from opening.
wire::HealthResult from_trouble(const Step& step, const Device& device, const model::Error& trouble,
                                HealthLevel level) {
    wire::HealthResult result;
    result.device = device.id;
    result.level = level;
    result.state = HealthState::failed;
    result.checks.push_back(
        {"device", HealthState::failed, trouble.message, trouble.hint, who_mends(trouble.class_), {}});
    result.at = step.time();
    return result;
}

std::optional<model::Error> not_now(const Step& step, const Device& device, const Asked& asked, HealthLevel level) {
    if (device.check || (device.running != 0 && (!device.health_beside_job || level != HealthLevel::self))) {
        auto error =
            make_error(Code::busy, device.check ? "a health check of the device runs already; try again when it is done"
                                                : "the device is capturing; try again when it is done");
        error.device = device.id;
        error.retry_ms = 1'000;
        return error;
    }
    if (level == HealthLevel::self)
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

void ask_host(Step& step, Device& device, const Asked& asked, HealthLevel level) {
    const auto& params = std::get<wire::HealthCheckParams>(asked.request.params);
    Check check{asked.reply_to, level, std::nullopt, step.now.mono_us};
    if (params.slot)
        check.slot = params.slot->value;
    device.check = std::move(check);
    step.send(device.host, wire::Type::host_check, wire::encode(wire::HostCheck{level}), prefix_to(device));
    const std::int64_t asked_ms =
        asked.request.envelope.deadline_ms ? asked.request.envelope.deadline_ms->value : 60'000;
    step.s.timers.arm({Timer::Kind::check_overdue, device.no},
                      step.in_ms(level == HealthLevel::self ? device.facts.health_ms_max : asked_ms));
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
    Check check{{}, HealthLevel::self, std::nullopt, step.now.mono_us};
    check.for_readings = true;
    device.check = std::move(check);
    step.send(device.host, wire::Type::host_check, wire::encode(wire::HostCheck{HealthLevel::self}), prefix_to(device));
    step.s.timers.arm({Timer::Kind::check_overdue, device.no}, step.in_ms(device.facts.health_ms_max));
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
        if (no == 0) {
            auto error = make_error(Code::slot_unbound, slot->second.why_unbound);
            error.slot = params.slot->value;
            return step.reply(asked.reply_to, error);
        }
    } else {
        const auto found = s.device_ids.find(params.device->value);
        if (found == s.device_ids.end())
            return step.reply(asked.reply_to, unknown_device(params.device->value));
        no = found->second;
    }
    Device& device = s.devices.at(no);
    const HealthLevel level = params.level.value_or(HealthLevel::self);
    if (!takes_calls(s, device)) {
        const auto trouble = device.error.value_or(
            make_error(Code::not_ready, "the device is not open: bind a slot to it, or wait until it has started"));
        auto result = from_trouble(step, device, trouble, level);
        if (params.slot)
            result.slot = params.slot->value;
        return step.reply(asked.reply_to, wire::encode(result));
    }
    if (auto error = not_now(step, device, asked, level))
        return step.reply(asked.reply_to, *error);
    ask_host(step, device, asked, level);
}

std::optional<model::Error> health_result(Step& step, Device& device, const wire::Message& message) {
    const auto body = wire::decode<wire::HostHealth>(message.json);
    if (!body)
        return make_error(Code::protocol_error, "the host sent a health report that cannot be read");
    if (!device.check)
        return std::nullopt;
    const Check check = *device.check;
    device.check.reset();
    step.s.timers.disarm({Timer::Kind::check_overdue, device.no});
    note_readings(step, device, body->checks);
    wire::HealthResult result;
    result.device = device.id;
    result.slot = check.slot;
    result.level = check.level;
    result.state = body->state;
    result.checks = body->checks;
    result.took_ms = (step.now.mono_us - check.started_us) / us_per_ms;
    result.at = step.time();
    if (body->failure) {
        auto error = with_remedy(error_from(*body->failure));
        error.device = device.id;
        step.reply(check.reply_to, error);
    } else {
        step.reply(check.reply_to, wire::encode(result));
        const bool well = body->state == HealthState::ok;
        if (well || body->state == HealthState::degraded || body->state == HealthState::failed)
            advance(step, "device " + device.id, device.state,
                    well ? model::DeviceEvent::recover : model::DeviceEvent::degrade);
        touch_device(step, device.no);
    }
    renew_if_idle(step, device.host);
    trial_checked(step, device, *body);
    dispatch(step, device);
    return std::nullopt;
}

void health_died(Step& step, Device& device, const model::Error& error) {
    if (!device.check)
        return;
    const Check check = *device.check;
    device.check.reset();
    step.s.timers.disarm({Timer::Kind::check_overdue, device.no});
    auto result = from_trouble(step, device, error, check.level);
    result.slot = check.slot;
    step.reply(check.reply_to, wire::encode(result));
}

void check_overdue(Step& step, DeviceNo no) {
    const auto found = step.s.devices.find(no);
    if (found != step.s.devices.end() && found->second.check)
        kill_child(step, found->second.host,
                   make_error(Code::broken_promise, "the plugin's health check did not end within its promise"), no);
}

} // namespace rekam::broker
