// SPDX-License-Identifier: Apache-2.0
#include "core/broker/doctor_machine.h"

#include "core/broker/doctor.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Cause;
using wire::Finding;

constexpr std::int64_t look_ms_max = 3'000;
constexpr std::size_t looks_max = 16; ///< at a time

/// What the machine cannot tell more about: a person's decision, the file, or a device that works.
bool is_clear(Cause cause) {
    using enum Cause;
    return cause == healthy || cause == held || cause == unbound || cause == ambiguous || cause == not_covered ||
           cause == degraded || cause == plugin_failed;
}

/// A port of USB, or a node.
bool can_be_looked_at(const std::string& physical) {
    return physical.size() < 128 && (physical.starts_with("usb:") || physical.starts_with("/dev/"));
}

void turn_into(Finding& finding, Cause cause, const std::string& evidence) {
    if (finding.cause != cause) {
        const Finding other = finding_of(cause, "");
        finding.cause = cause;
        finding.who = other.who;
        finding.hint = other.hint;
        finding.next = other.next;
    }
    finding.evidence += "; " + evidence;
}

/// Processes that are not those of this station: a host that opens its own device again is no riddle.
std::vector<wire::ProcessShown> strangers(const State& s, const Probed& seen, DeviceNo no) {
    std::vector<wire::ProcessShown> found;
    const auto device = s.devices.find(no);
    for (const auto& holder : seen.holders) {
        const auto own =
            std::ranges::find_if(s.children, [&](const auto& entry) { return entry.second.pid == holder.pid; });
        if (own == s.children.end())
            found.push_back(holder);
        else if (device == s.devices.end() || own->first != device->second.host)
            found.push_back({holder.pid, "this station, for another device"});
    }
    return found;
}

/// For a file in /etc/udev/rules.d.
std::string rule_for(const Probed& seen, const DeviceNode& node) {
    const std::string to =
        ", GROUP=\"" + (seen.group.empty() ? std::string("rekam") : seen.group) + "\", MODE=\"0660\"";
    const bool whole = node.subsystem == "usb";
    const std::string key = whole ? "ATTR" : "ATTRS";
    if (seen.vendor_id.empty())
        return "KERNEL==\"" + node.path.substr(node.path.rfind('/') + 1) + "\"" + to;
    return "SUBSYSTEM==\"" + node.subsystem + "\", " + key + "{idVendor}==\"" + seen.vendor_id + "\", " + key +
           "{idProduct}==\"" + seen.product_id + "\"" + to;
}

std::string list_of(const std::vector<wire::ProcessShown>& processes) {
    std::string text;
    for (const auto& one : processes)
        text += (text.empty() ? "" : ", ") + one.program + " (pid " + std::to_string(one.pid) + ")";
    return text;
}

void add_holders(Finding& finding, std::vector<wire::ProcessShown> holders) {
    turn_into(finding, Cause::held_by_process, "it is open in " + list_of(holders));
    finding.next = "end " + list_of(holders);
    finding.holders = std::move(holders);
}

void add_permission(Finding& finding, const Probed& seen, const DeviceNode& node) {
    turn_into(finding, Cause::no_permission, "the station may not open " + node.path + " (" + node.owner + ")");
    finding.rule = rule_for(seen, node);
    finding.next =
        "write this line into /etc/udev/rules.d/70-rekam.rules, then run udevadm control --reload and plug the "
        "device in again: " +
        *finding.rule;
}

/// What the machine knows, put to what the device's plugin says of it.
void complete(const State& s, Finding& finding, const Probed& seen, DeviceNo no) {
    if (seen.failure) {
        finding.evidence += "; nobody could look at the machine: " + *seen.failure;
        return;
    }
    if (!seen.connected) {
        if (finding.cause != Cause::flapping)
            turn_into(finding, Cause::unplugged, "nothing is connected there");
        return;
    }
    if (auto holders = strangers(s, seen, no); !holders.empty())
        return add_holders(finding, std::move(holders));
    const auto closed =
        std::ranges::find_if(seen.nodes, [](const auto& node) { return !node.owner.empty() && !node.may_open; });
    if (closed != seen.nodes.end())
        return add_permission(finding, seen, *closed);
    const auto missing = std::ranges::find_if(seen.nodes, [](const auto& node) { return node.owner.empty(); });
    if (missing != seen.nodes.end())
        finding.evidence += "; the bus has it, but there is no " + missing->path + ": udev does not make it";
    for (const auto& interface : seen.without_driver)
        turn_into(finding, Cause::wrong_driver, "no driver of the kernel has taken " + interface);
    if (finding.cause == Cause::unplugged)
        turn_into(finding, Cause::wrong_driver, "the bus has it, and its plugin does not list it");
    if (finding.cause == Cause::held_by_process && seen.unseen > 0)
        finding.evidence +=
            "; " + std::to_string(seen.unseen) + " processes cannot be looked into by the station's user";
}

Examined take(Step& step, std::uint64_t number) {
    Examined examined = std::move(step.s.probes.at(number));
    step.s.probes.erase(number);
    step.s.timers.disarm({Timer::Kind::probe_overdue, number});
    return examined;
}

} // namespace

void answer_finding(Step& step, const ReplyTo& to, Finding finding, const Device* device) {
    State& s = step.s;
    if (device) {
        finding.physical = device->facts.physical;
        finding.port = port_name(s, finding.physical);
    }
    const std::string physical = finding.physical.value_or("");
    if (is_clear(finding.cause) || !can_be_looked_at(physical) || s.probes.size() >= looks_max)
        return step.reply(to, wire::encode(finding));
    const std::uint64_t number = ++s.last_probe;
    s.probes[number] = {to, std::move(finding), device->no};
    step.out.push_back(Probe{number, physical});
    s.timers.arm({Timer::Kind::probe_overdue, number}, step.in_ms(look_ms_max));
}

void probed(Step& step, const Probed& event) {
    if (!step.s.probes.contains(event.number))
        return; // it took too long
    Examined examined = take(step, event.number);
    complete(step.s, examined.finding, event, examined.device);
    step.reply(examined.reply_to, wire::encode(examined.finding));
}

void probe_overdue(Step& step, std::uint64_t number) {
    if (!step.s.probes.contains(number))
        return;
    Examined examined = take(step, number);
    examined.finding.evidence += "; the look at the machine does not end: its kernel hangs on the device";
    step.reply(examined.reply_to, wire::encode(examined.finding));
}

} // namespace rekam::broker
