// SPDX-License-Identifier: Apache-2.0
#include "core/broker/resets.h"

#include "core/broker/devices.h"
#include "core/broker/holds.h"
#include "core/broker/journal.h"
#include "core/broker/plugins.h"
#include "core/broker/refusals.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"
#include "core/wire/technician_results.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::DeviceState;
using model::make_error;
using model::ResetLevel;

constexpr std::int64_t port_ms_max = 15'000; // a reset, or the power off and on, with the time to come back
constexpr std::int64_t memory_ms = 600'000;  // so long after a reset the next one goes deeper
constexpr std::int64_t usb_after = 3;        // tries to open it in a row that failed
constexpr std::int64_t power_after = 4;

std::string subject_of(const Device& device) { return "device " + device.id; }

bool on_usb(const Device& device) {
    constexpr std::string_view scheme = "usb:";
    const std::string path = device.facts.physical.value_or("");
    return path.starts_with(scheme) && path.size() > scheme.size() && path.size() < 64 &&
           path.find_first_not_of("0123456789-.", scheme.size()) == std::string::npos;
}

ResetLevel next_level(const Step& step, const Device& device) {
    const bool again = device.tried && step.now.mono_us - device.tried_us < memory_ms * us_per_ms;
    if (!again || !on_usb(device))
        return ResetLevel::restart;
    return *device.tried == ResetLevel::restart ? ResetLevel::usb : ResetLevel::power;
}

/// A job of the device, or of another one in the same process.
const Job* job_in_its_process(const State& s, const Device& device) {
    for (const auto& [no, other] : s.devices)
        if (other.running != 0 && (no == device.no || (device.host != 0 && other.host == device.host)))
            return &s.jobs.at(other.running);
    return nullptr;
}

std::optional<model::Error> cannot(const Step& step, const Device& device, ResetLevel level) {
    const auto busy = [](std::string why) {
        auto error = make_error(Code::busy, std::move(why));
        error.retry_ms = 1'000;
        return error;
    };
    if (level != ResetLevel::restart && !on_usb(device))
        return make_error(Code::unsupported_parameter,
                          "params.level: the device is not on USB, as far as its plugin says; only restart can be done",
                          "params.level");
    if (device.state == DeviceState::quarantined)
        return device.error.value_or(with_remedy(make_error(Code::plugin_quarantined, "the device failed too often")));
    if (!device.listed && device.host == 0)
        return not_connected();
    if (device.state == DeviceState::stuck && level == ResetLevel::restart)
        return make_error(Code::device_stuck, "its process hangs in the kernel and cannot be ended; reset the port "
                                              "(level usb or power), or power-cycle the device");
    if (device.reset)
        return busy("a reset of the device is under way; wait for its end");
    if (const Job* job = job_in_its_process(step.s, device))
        return busy(std::string(job->print || job->card ? "a card is in the device" : "the device is at work") + " (" +
                    job->record.job + "); reset it when that job has ended");
    if ((device.check && !device.check->own) || step.s.trials.contains(device.no))
        return busy("the device is being checked; reset it when that is done");
    return std::nullopt;
}

/// `by`: empty where the station does it by itself.
void begin(Step& step, Device& device, Reset reset, const std::string& by) {
    device.tried = reset.level;
    device.tried_us = step.now.mono_us;
    ++device.resets;
    step.log(Level::warning, subject_of(device),
             "reset, level " + std::string(model::name(reset.level)) +
                 (reset.reply_to ? " on request" : " by the station itself"));
    device.reset = std::move(reset);
    journal_reset(step, device, by);
    step.s.timers.arm({Timer::Kind::device_reset, device.no},
                      step.in_ms(2 * step.s.config.supervision.stop_ms_max + port_ms_max + device.facts.open_ms_max));
    touch_device(step, device.no);
}

void end(Step& step, Device& device, const std::optional<model::Error>& error) {
    const Reset reset = *device.reset;
    device.reset.reset();
    step.s.timers.disarm({Timer::Kind::device_reset, device.no});
    touch_device(step, device.no);
    if (!reset.reply_to)
        return;
    if (error)
        return step.reply(*reset.reply_to, *error);
    wire::SlotResetResult result{reset.slot, device.id, reset.level, model::shown(device.state), 0, device.resets};
    result.took_ms = (step.now.mono_us - reset.started_us) / us_per_ms;
    step.reply(*reset.reply_to, wire::encode(result));
}

void open_again(Step& step, Device& device) {
    step.s.timers.disarm({Timer::Kind::device_retry, device.no});
    ensure_host(step, device);
    if (device.reset && device.host == 0) // nothing will open it: say so now
        end(step, device, device.error.value_or(not_connected()));
}

} // namespace

void slot_reset(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& params = std::get<wire::SlotResetParams>(asked.request.params);
    const auto slot = s.slots.find(params.slot.value);
    if (slot == s.slots.end())
        return step.reply(asked.reply_to, unknown_slot(params.slot));
    const auto found = s.devices.find(slot->second.device);
    if (found == s.devices.end())
        return step.reply(asked.reply_to, slot_unbound(slot->first, slot->second.why_unbound));
    Device& device = found->second;
    const ResetLevel level = params.level.value_or(next_level(step, device));
    if (auto error = cannot(step, device, level)) {
        error->slot = slot->first;
        error->device = device.id;
        return step.reply(asked.reply_to, *error);
    }
    const std::string by = person_of(step, asked, params.by);
    step.log(Level::info, "slot " + slot->first, "reset by " + by);
    begin(step, device, {level, asked.reply_to, slot->first, step.now.mono_us, false}, by);
    if (device.host != 0 && device.state != DeviceState::stuck)
        return renew_host(step, device.host); // its end comes back here, to reset_port
    if (level == ResetLevel::restart)
        return open_again(step, device);
    reset_port(step, device);
}

void climb(Step& step, Device& device) {
    using enum Code;
    const auto code = device.error ? device.error->code : device_down;
    const bool may_help = code != permission_denied && code != held_by_process && code != wrong_driver;
    const bool open_card = step.s.unsettled.contains(device.id); // nobody knows whether it is still in there
    const auto wanted = device.unopened == usb_after     ? std::optional(ResetLevel::usb)
                        : device.unopened == power_after ? std::optional(ResetLevel::power)
                                                         : std::nullopt;
    if (step.s.stopping != Stopping::no || !wanted || !may_help || open_card || device.reset || device.host != 0 ||
        !device.listed || !on_usb(device))
        return ensure_host(step, device);
    begin(step, device, {*wanted, std::nullopt, "", step.now.mono_us, false}, "");
    reset_port(step, device);
}

void reset_port(Step& step, Device& device) {
    if (!device.reset || device.reset->level == ResetLevel::restart || device.reset->at_port)
        return;
    device.reset->at_port = true;
    step.out.push_back(ResetPort{device.no, *device.facts.physical, device.reset->level == ResetLevel::power});
}

void port_reset(Step& step, const PortReset& event) {
    const auto found = step.s.devices.find(event.device);
    if (found == step.s.devices.end() || !found->second.reset || !found->second.reset->at_port)
        return; // it took too long, or the device has gone
    Device& device = found->second;
    device.reset->at_port = false;
    if (event.failure) {
        step.log(Level::warning, subject_of(device), "its port could not be reset: " + *event.failure);
        end(step, device, with_remedy(make_error(Code::device_down, "the port could not be reset: " + *event.failure)));
        return ensure_host(step, device);
    }
    if (device.host != 0) // stuck: its process may end now
        return end(step, device, std::nullopt);
    open_again(step, device);
    enumerate_again(step, device.plugin);
}

void reset_done(Step& step, Device& device) {
    if (device.reset && !device.reset->at_port)
        end(step, device, std::nullopt);
}

void reset_failed(Step& step, Device& device) {
    if (device.reset && !device.reset->at_port)
        end(step, device, device.error.value_or(make_error(Code::device_down, "the device did not open again")));
}

void reset_abandoned(Step& step, Device& device) {
    if (device.reset)
        end(step, device, not_connected());
}

void reset_overdue(Step& step, DeviceNo no) {
    const auto found = step.s.devices.find(no);
    if (found == step.s.devices.end() || !found->second.reset)
        return;
    end(step, found->second,
        make_error(Code::not_ready, "the reset was begun and the device is not back yet; see slot.get"));
    ensure_host(step, found->second);
}

} // namespace rekam::broker
