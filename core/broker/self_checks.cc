// SPDX-License-Identifier: Apache-2.0
#include "core/broker/self_checks.h"

#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/health.h"
#include "core/broker/hotplug.h"
#include "core/broker/jobs.h"
#include "core/broker/journal.h"
#include "core/broker/views.h"

#include <algorithm>
#include <utility>

namespace rekam::broker {
namespace {

using model::DeviceEvent;
using model::HealthState;

/// Devices that were opened together are not asked together: their numbers spread them over a quarter of the time.
constexpr std::int64_t spread = 16;
/// An answer that disagrees with the state is asked for again in this part of the time, so is a device after its job.
constexpr std::int64_t soon_part = 8;
constexpr std::int64_t soon_ms_min = 500;

int badness(HealthState state) {
    switch (state) {
    case HealthState::ok: return 0;
    case HealthState::unknown: return 1;
    case HealthState::degraded: return 2;
    case HealthState::failed: break;
    }
    return 3;
}

/// Null: all are well.
const wire::HealthCheck* worst_of(const Device& device) {
    const auto& checks = device.health->checks;
    const auto weight = [](const auto& check) { // what an operator mends is said where there is nothing else
        return 2 * badness(check.state) + (check.who == model::Who::operator_ ? 0 : 1);
    };
    const auto worst = std::ranges::max_element(checks, {}, weight);
    return worst == checks.end() || worst->state == HealthState::ok ? nullptr : &*worst;
}

/// It says that it cannot work, and that nobody at the desk can mend it.
bool cannot_work(const wire::HealthResult& report) {
    const auto failed = [](const auto& check) { return check.state == HealthState::failed; };
    if (report.state != HealthState::failed || std::ranges::none_of(report.checks, failed))
        return report.state == HealthState::failed;
    return std::ranges::any_of(report.checks,
                               [&](const auto& check) { return failed(check) && check.who != model::Who::operator_; });
}

/// Whether it can work at all. It is asked again soon until it can.
void note_failing(Step& step, Device& device, const wire::HealthResult& report) {
    const bool fails = cannot_work(report);
    device.failed_checks = fails ? device.failed_checks + 1 : 0;
    const bool now = fails && (device.failing || device.failed_checks >= step.s.config.supervision.self_check_agree);
    if (report.state == HealthState::unknown || std::exchange(device.failing, now) == now)
        return;
    const std::string subject = "device " + device.id;
    step.log(now ? Level::error : Level::info, subject, now ? "down: " + complaint(device) : "can work again");
    journal_device(step, device, now ? "device.down" : "device.well");
    if (now)
        fail_queue(step, device, failing_error(device));
    else
        dispatch(step, device);
}

bool is_low(const wire::Consumable& one) { return one.left && one.low_at && *one.left <= *one.low_at; }

std::string amount_text(const wire::Consumable& one) {
    std::string text = std::to_string(one.left.value_or(0));
    if (one.of)
        text += " of " + std::to_string(*one.of);
    return text + (one.unit ? " " + *one.unit : "") + " left";
}

wire::HealthCheck check_of(const wire::Consumable& one) {
    const bool out = one.essential.value_or(false) && one.left == 0;
    return {one.name, out ? HealthState::failed : HealthState::degraded, amount_text(one),
            one.hint, one.who.value_or(model::Who::operator_),           {}};
}

} // namespace

void arm_self_check(Step& step, const Device& device, bool soon) {
    const std::int64_t every_ms = step.s.config.supervision.self_check_every_ms;
    const Timer timer{Timer::Kind::self_check, device.no};
    if (every_ms <= 0 || !device.opened || device.leaving)
        return step.s.timers.disarm(timer);
    const auto place = static_cast<std::int64_t>(device.no) % spread;
    const std::int64_t in_ms =
        soon ? std::max(every_ms / soon_part, soon_ms_min) : every_ms + every_ms * place / (4 * spread);
    step.s.timers.arm(timer, step.in_ms(in_ms));
}

void self_check_due(Step& step, DeviceNo no) {
    State& s = step.s;
    const auto found = s.devices.find(no);
    if (found == s.devices.end() || s.stopping != Stopping::no || s.config.supervision.self_check_every_ms <= 0)
        return;
    Device& device = found->second;
    if (!takes_calls(s, device))
        return; // it is asked again when it has been opened again
    const bool works = (device.running != 0 || !device.queue.empty()) && !device.health_beside_job;
    if (works || device.check || plugin_is_enumerating(step, device))
        return arm_self_check(step, device, true);
    ask_host(step, device, {{}, model::HealthLevel::self, {}, device.facts.health_ms_max, 0}, true);
}

model::HealthState with_own_checks(const State& s, const Device& device, wire::HealthResult& report,
                                   model::HealthState said) {
    const auto add = [&](wire::HealthCheck check) {
        const bool made =
            std::ranges::any_of(report.checks, [&](const auto& other) { return other.component == check.component; });
        if (!made) // the plugin may know better
            report.checks.push_back(std::move(check));
    };
    if (report.consumables)
        for (const auto& one : *report.consumables)
            if (is_low(one))
                add(check_of(one));
    if (auto check = flapping_check(s, device))
        add(std::move(*check));
    for (const auto& check : report.checks)
        if (badness(check.state) > badness(said))
            said = check.state;
    return said;
}

void remember_health(Step& step, Device& device, const wire::HealthResult& report, bool own) {
    device.health = {report.level, report.state, report.checks, report.consumables, report.at};
    const bool well = report.state == HealthState::ok;
    const bool differs = report.state != HealthState::unknown && well == device.degraded;
    device.disagreeing = differs ? device.disagreeing + 1 : 0;
    const bool believed = differs && (!own || device.disagreeing >= step.s.config.supervision.self_check_agree);
    if (believed) {
        device.disagreeing = 0;
        device.degraded = !well;
        const std::string subject = "device " + device.id;
        advance(step, subject, device.state, well ? DeviceEvent::recover : DeviceEvent::degrade);
        step.log(well ? Level::info : Level::warning, subject,
                 well ? "is well again" : "degraded: " + complaint(device));
    }
    note_failing(step, device, report);
    touch_device(step, device.no);
    arm_self_check(step, device, (differs && !believed) || device.failed_checks > 0);
}

void still_degraded(Step& step, Device& device) {
    if (device.degraded)
        advance(step, "device " + device.id, device.state, DeviceEvent::degrade);
    if (device.health && device.health->consumables) // the job has used some of them up
        arm_self_check(step, device, true);
}

std::string complaint(const Device& device) {
    if (!device.health)
        return "";
    const auto* worst = worst_of(device);
    return worst ? worst->component + ": " + worst->evidence.value_or(std::string(model::name(worst->state))) : "";
}

model::Error failing_error(const Device& device) {
    auto error = model::make_error(model::Code::device_down, "the device's own check fails: " + complaint(device) +
                                                                 "; mend that, and check it again (health.check)");
    error.device = device.id;
    if (const auto* worst = device.health ? worst_of(device) : nullptr; worst && worst->hint)
        error.hint = worst->hint;
    return error;
}

} // namespace rekam::broker
