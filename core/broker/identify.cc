// SPDX-License-Identifier: Apache-2.0
#include "core/broker/identify.h"

#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/holds.h"
#include "core/broker/journal.h"
#include "core/broker/refusals.h"
#include "core/wire/codec.h"
#include "core/wire/identify_messages.h"
#include "core/wire/technician_results.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rekam::broker {
namespace {

using model::Code;
using model::make_error;

constexpr std::int64_t answer_ms_max = 10'000; // a job that runs ends meanwhile, or does not
constexpr std::int64_t seconds_usual = 5;
constexpr std::array<std::string_view, 4> known_means{"light", "sound", "motion", "screen"};

/// What a person can do instead of looking for a light.
model::Error cannot_show(const Device& device, const std::string& slot) {
    const std::string look = device.can_preview
                                 ? "look at its live picture: rekamctl preview " + slot + " -o FILE"
                                 : "go by the label with its serial number, or by its port: device.get names both";
    auto error = make_error(Code::not_covered, "the device can neither light nor beep; " + look);
    if (device.can_preview)
        error.hint = "look-at-preview";
    return error;
}

model::Error busy(std::string why) {
    auto error = make_error(Code::busy, std::move(why));
    error.retry_ms = 1'000;
    return error;
}

std::optional<model::Error> cannot(const Step& step, const Device& device, const std::string& slot) {
    if (device.unplugged || device.state == model::DeviceState::absent)
        return not_connected();
    if (!takes_calls(step.s, device))
        return device.error.value_or(
            make_error(Code::not_ready, "the device is not open; wait until it has started, or see device.doctor"));
    if (!device.can_identify)
        return cannot_show(device, slot);
    if (device.identify)
        return busy("somebody else looks for the device just now; try again in a moment");
    if (plugin_is_enumerating(step, device))
        return busy("the plugin lists its devices, and does one thing at a time; try again in a moment");
    return std::nullopt;
}

/// Takes it out of the device: what follows is its answer.
IdentifyAsked take(Step& step, Device& device) {
    IdentifyAsked asked = std::move(*device.identify);
    device.identify.reset();
    step.s.timers.disarm({Timer::Kind::identify_overdue, device.no});
    return asked;
}

void refuse(Step& step, const Device& device, const IdentifyAsked& asked, model::Error error) {
    error.slot = asked.slot;
    error.device = device.id;
    step.reply(asked.reply_to, error);
}

} // namespace

void slot_identify(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& params = std::get<wire::SlotIdentifyParams>(asked.request.params);
    const auto slot = s.slots.find(params.slot.value);
    if (slot == s.slots.end())
        return step.reply(asked.reply_to, unknown_slot(params.slot));
    const auto found = s.devices.find(slot->second.device);
    if (found == s.devices.end())
        return step.reply(asked.reply_to, slot_unbound(slot->first, slot->second.why_unbound));
    Device& device = found->second;
    const IdentifyAsked wanted{asked.reply_to, slot->first, person_of(step, asked, params.by),
                               params.seconds ? params.seconds->value : seconds_usual, ++device.last_identify};
    if (auto error = cannot(step, device, slot->first))
        return refuse(step, device, wanted, std::move(*error));
    device.identify = wanted;
    wire::Prefix prefix = prefix_to(device);
    prefix.job = wanted.number; // a late answer is told from that to the next one
    step.send(device.host, wire::Type::host_identify, wire::encode(wire::HostIdentify{wanted.seconds * 1'000}), prefix);
    s.timers.arm({Timer::Kind::identify_overdue, device.no}, step.in_ms(answer_ms_max));
}

std::optional<model::Error> identified(Step& step, Device& device, const wire::Message& message) {
    const auto body = wire::decode<wire::HostIdentified>(message.json);
    const bool known = body && std::ranges::all_of(body->means, [](const auto& one) {
                           return std::ranges::find(known_means, one) != known_means.end();
                       });
    if (!known || body->means.size() > known_means.size() || body->failure.has_value() != body->means.empty())
        return make_error(Code::protocol_error, "the host sent what it did to show the device, and it cannot be read");
    if (!device.identify || device.identify->number != message.prefix.job)
        return std::nullopt; // it comes too late
    const IdentifyAsked asked = take(step, device);
    if (body->failure) {
        refuse(step, device, asked, with_remedy(error_from(*body->failure)));
    } else {
        journal_mending(
            step, "slot.identify",
            {{"slot", asked.slot}, {"device", device.id}, {"means", body->means}, {"seconds", asked.seconds}},
            asked.by);
        step.reply(asked.reply_to,
                   wire::encode(wire::SlotIdentifyResult{asked.slot, device.id, body->means, asked.seconds}));
    }
    renew_if_idle(step, device.host);
    return std::nullopt;
}

void identify_died(Step& step, Device& device, const model::Error& error) {
    if (device.identify)
        refuse(step, device, take(step, device), error);
}

void identify_overdue(Step& step, DeviceNo no) {
    const auto found = step.s.devices.find(no);
    if (found == step.s.devices.end() || !found->second.identify)
        return;
    Device& device = found->second;
    const bool works = device.running != 0 || device.check;
    // A plugin that hangs in the call is ended by its own host, and that process by its pings.
    auto error = works ? busy("the device is at work; ask again when that is done")
                       : with_remedy(make_error(Code::broken_promise, "the device did not answer in its time"));
    refuse(step, device, take(step, device), std::move(error));
    renew_if_idle(step, device.host);
}

} // namespace rekam::broker
