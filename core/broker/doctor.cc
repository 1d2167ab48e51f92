// SPDX-License-Identifier: Apache-2.0
#include "core/broker/doctor.h"

#include "core/broker/doctor_machine.h"
#include "core/broker/fallbacks.h"
#include "core/broker/refusals.h"
#include "core/broker/self_checks.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"
#include "core/wire/technician_results.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Cause;
using model::Code;
using model::DeviceState;
using model::make_error;
using model::Who;
using wire::Finding;

constexpr std::size_t flaps = 3; // so often gone within the window: it flaps
constexpr std::int64_t flap_window_ms = 600'000;
constexpr std::int64_t patience = 5; // tries of the station's own before a technician is called

struct Advice {
    Cause cause;
    std::optional<Who> who;
    const char* hint;
    const char* next;
};
constexpr std::array advices{
    Advice{Cause::healthy, {}, "", "nothing has to be done"},
    Advice{Cause::held, Who::technician, "call-technician", "mend what the reason names, then release the slot"},
    Advice{Cause::unbound, Who::technician, "bind-slot",
           "connect the device, or name one that is connected: replace, or "
           "slots.toml"},
    Advice{Cause::ambiguous, Who::technician, "bind-slot", "say which one it is: bind, or name it in slots.toml"},
    Advice{Cause::plugin_failed, Who::technician, "install-driver",
           "mend or replace the plugin's file, then reload it"},
    Advice{Cause::flapping, Who::technician, "replace-cable", "replace the cable, then the hub or the power supply"},
    Advice{Cause::stuck, Who::technician, "power-cycle-device",
           "reset the port (level usb or power), or switch the "
           "device off and on"},
    Advice{Cause::quarantined, Who::technician, "clear-quarantine",
           "replace the device, or clear the quarantine when "
           "the fault is mended; send the crash to the vendor"},
    Advice{Cause::unplugged, Who::operator_, "check-cable",
           "plug it in and switch it on; another cable or port if "
           "that does not help"},
    Advice{Cause::no_permission, Who::technician, "grant-permission",
           "let the station's user open the device's node: "
           "a udev rule, or its group"},
    Advice{Cause::wrong_driver, Who::technician, "install-driver", "install the plugin that fits device and station"},
    Advice{Cause::held_by_process, Who::technician, "close-other-program", "end the other program"},
    Advice{Cause::crashed, Who::self, "try-again",
           "it is started again by itself; if it goes on, replace the device and "
           "send the crash to the vendor"},
    Advice{Cause::hung, Who::self, "try-again", "it was ended and is started again by itself; if it goes on, reset it"},
    Advice{Cause::down, Who::self, "restart-device", "it is tried again by itself; reset it, or switch it off and on"},
    Advice{Cause::not_covered, Who::technician, "choose-other-device",
           "replace it by one that does what the slot "
           "requires"},
    Advice{Cause::starting, Who::self, "wait-ready", "wait until it is ready"},
    Advice{Cause::degraded, Who::technician, "call-technician", "see what health.check names"},
};
static_assert(advices.size() == model::Names<Cause>::values.size());

} // namespace

Finding finding_of(Cause cause, std::string evidence) {
    const auto& advice = advices.at(static_cast<std::size_t>(cause));
    Finding finding;
    finding.cause = cause;
    finding.evidence = std::move(evidence);
    finding.who = advice.who;
    if (*advice.hint != '\0')
        finding.hint = advice.hint;
    finding.next = advice.next;
    return finding;
}

namespace {

Finding found(Cause cause, std::string evidence) { return finding_of(cause, std::move(evidence)); }

std::string text_of(const model::Crash& crash) {
    std::string text =
        crash.plugin + (crash.version ? " " + *crash.version : "") + ", call " + std::string(model::name(crash.call));
    if (crash.signal)
        text += ", signal " + std::to_string(*crash.signal);
    else if (crash.exit_code)
        text += ", exit status " + std::to_string(*crash.exit_code);
    else
        text += ", ended by the station";
    for (const auto& line : crash.output)
        text += "; \"" + line + "\"";
    return text;
}

Finding with_crash(Finding finding, const Device& device) {
    finding.crash = device.crash;
    if (device.crash)
        finding.evidence += " (" + text_of(*device.crash) + ")";
    return finding;
}

Cause cause_of(Code code) {
    switch (code) {
    case Code::device_gone: return Cause::unplugged;
    case Code::permission_denied: return Cause::no_permission;
    case Code::wrong_driver: return Cause::wrong_driver;
    case Code::held_by_process: return Cause::held_by_process;
    case Code::plugin_crashed: return Cause::crashed;
    case Code::broken_promise: return Cause::hung;
    default: return Cause::down;
    }
}

std::size_t recent_flaps(const Step& step, const Device& device) {
    return static_cast<std::size_t>(std::ranges::count_if(device.unplugged_us, [&](const std::int64_t at_us) {
        return step.now.mono_us - at_us < flap_window_ms * us_per_ms;
    }));
}

/// The station mends what it can; when it has tried often enough it calls.
Finding impatient(Finding finding, const Device& device) {
    if (finding.who == Who::self && device.unopened >= patience)
        finding.who = Who::technician;
    return finding;
}

Finding examine(const Step& step, const Device& device) {
    const std::string said = device.error ? device.error->message : "";
    if (const auto times = recent_flaps(step, device); times >= flaps)
        return found(Cause::flapping, "it went away " + std::to_string(times) + " times within ten minutes");
    if (device.state == DeviceState::stuck)
        return found(Cause::stuck, said);
    if (device.state == DeviceState::quarantined)
        return with_crash(found(Cause::quarantined, said), device);
    const auto plugin = step.s.plugins.find(device.plugin);
    if (plugin != step.s.plugins.end() && plugin->second.error && device.host == 0 && !device.listed)
        return found(Cause::plugin_failed, plugin->second.error->message);
    if (!device.listed || device.state == DeviceState::absent)
        return found(Cause::unplugged, "its plugin listed it before and does not any more");
    if (device.state == DeviceState::down || (device.state == DeviceState::closed && device.error)) {
        const Cause cause = device.error ? cause_of(device.error->code) : Cause::down;
        return impatient(with_crash(found(cause, said.empty() ? "its process ended" : said), device), device);
    }
    if (device.state == DeviceState::starting)
        return impatient(
            found(Cause::starting, said.empty() ? "it is being opened" : "it is being opened; before: " + said),
            device);
    if (device.failing) {
        auto finding = found(Cause::down, "it is open, and its own check fails: " + complaint(device));
        const auto error = failing_error(device);
        finding.who = Who::technician;
        finding.hint = error.hint;
        finding.next = "mend what the check names, then check it again (health.check); it takes jobs when that passes";
        return finding;
    }
    if (device.state == DeviceState::degraded)
        return found(Cause::degraded, "its last health check found a fault");
    return found(Cause::healthy, "it is " + std::string(model::name(model::shown(device.state))));
}

Finding examine_unbound(const Step& step, const Slot& slot) {
    if (slot.ambiguous)
        return found(Cause::ambiguous, slot.why_unbound);
    for (const auto& [no, plugin] : step.s.plugins)
        if (plugin.error) {
            auto finding = found(Cause::plugin_failed,
                                 slot.why_unbound + "; plugin " + plugin.id() + ": " + plugin.error->message);
            finding.crash = plugin.crash;
            if (plugin.crash)
                finding.evidence += " (" + text_of(*plugin.crash) + ")";
            return finding;
        }
    return found(Cause::unbound, slot.why_unbound);
}

/// Another device stands in, and works: the finding is about the one that should stand there.
Finding examine_own(const Step& step, const Slot& slot, const Device& stands_in) {
    const std::string and_now = "; " + stands_in.id + " stands in";
    const auto own = step.s.devices.find(slot.own);
    if (own == step.s.devices.end())
        return found(Cause::unplugged, ailment_of(slot, nullptr).text + and_now);
    auto finding = examine(step, own->second);
    if (finding.cause == Cause::healthy || finding.cause == Cause::degraded) {
        const auto ailment = ailment_of(slot, &own->second);
        finding = ailment.code == Code::not_covered
                      ? found(Cause::not_covered, ailment.text)
                      : found(Cause::healthy,
                              own->second.id + " is well again, and takes its place back when nobody uses the slot");
    }
    finding.evidence += and_now;
    finding.device = own->second.id;
    return finding;
}

Finding examine(const Step& step, const Slot& slot) {
    if (const auto held = step.s.holds.find(slot.config.name); held != step.s.holds.end())
        return found(Cause::held, "held by " + held->second.by + ": " + held->second.reason);
    const auto device = step.s.devices.find(slot.device);
    if (device == step.s.devices.end())
        return examine_unbound(step, slot);
    auto finding = examine(step, device->second);
    const bool works = finding.cause == Cause::healthy || finding.cause == Cause::degraded;
    if (works && slot.not_covered)
        finding = found(Cause::not_covered, *slot.not_covered);
    if (slot.on_fallback && works && !slot.not_covered)
        return examine_own(step, slot, device->second);
    return finding;
}

} // namespace

void note_unplugged(Step& step, Device& device) {
    device.unplugged_us.push_back(step.now.mono_us);
    if (device.unplugged_us.size() > 2 * flaps)
        device.unplugged_us.pop_front();
}

void device_doctor(Step& step, const Asked& asked) {
    const State& s = step.s;
    const auto& params = std::get<wire::DoctorParams>(asked.request.params);
    if (params.slot.has_value() == params.device.has_value())
        return step.reply(
            asked.reply_to,
            make_error(Code::bad_request, "params needs either slot or device: send exactly one of them", "params"));
    Finding finding;
    if (params.slot) {
        const auto slot = s.slots.find(params.slot->value);
        if (slot == s.slots.end())
            return step.reply(asked.reply_to, unknown_slot(params.slot->value));
        finding = examine(step, slot->second);
        finding.slot = slot->first;
        const bool about_none = slot->second.on_fallback && slot->second.own == 0;
        if (const auto device = s.devices.find(slot->second.device);
            device != s.devices.end() && !finding.device && !about_none)
            finding.device = device->second.id;
    } else {
        const auto device = s.device_ids.find(params.device->value);
        if (device == s.device_ids.end())
            return step.reply(asked.reply_to, unknown_device(params.device->value));
        finding = examine(step, s.devices.at(device->second));
        finding.device = device->first;
    }
    const auto device = s.device_ids.find(finding.device.value_or(""));
    answer_finding(step, asked.reply_to, std::move(finding),
                   device == s.device_ids.end() ? nullptr : &s.devices.at(device->second));
}

} // namespace rekam::broker
