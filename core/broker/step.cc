// SPDX-License-Identifier: Apache-2.0
#include "core/broker/step.h"

#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"

#include <algorithm>

namespace rekam::broker {

bool Step::answerable(const ReplyTo& to) const {
    return to.request != 0 && s.gate.child != 0 && to.gate_epoch == static_cast<std::uint64_t>(s.gate.epoch);
}

void Step::to_gate(wire::Message message) {
    if (message.json.size() > wire::max_json_bytes) {
        // Lists are cut to fit before they come here; a record that grew beyond every bound must not kill the channel.
        message.json =
            wire::encode(model::make_error(model::Code::too_large, "the answer is over 64 KiB; ask for less at once"));
        message.prefix.flags = wire::flag_error;
        message.descriptors.clear();
        message.tail.clear();
    }
    const auto descriptors = static_cast<std::int64_t>(message.descriptors.size());
    if (descriptors != 0) {
        if (!s.gate.waiting.empty() ||
            s.gate.unread + descriptors > static_cast<std::int64_t>(wire::descriptor_credit)) {
            s.gate.waiting.push_back(std::move(message));
            return;
        }
        s.gate.unread += descriptors;
    }
    out.push_back(Send{s.gate.child, std::move(message)});
}

void Step::reply(const ReplyTo& to, std::string result) {
    if (!answerable(to))
        return;
    wire::Prefix prefix;
    prefix.type = wire::Type::gate_reply;
    prefix.request = to.request;
    prefix.incarnation = to.gate_epoch;
    to_gate({prefix, std::move(result), {}, {}});
}

void Step::reply(const ReplyTo& to, const model::Error& error) {
    if (!answerable(to))
        return;
    wire::Prefix prefix;
    prefix.type = wire::Type::gate_reply;
    prefix.flags = wire::flag_error;
    prefix.request = to.request;
    prefix.incarnation = to.gate_epoch;
    to_gate({prefix, wire::encode(error), {}, {}});
}

void Step::reply_parts(const ReplyTo& to, std::string result, std::vector<wire::Descriptor> descriptors,
                       const wire::Parts& parts) {
    if (!answerable(to))
        return;
    wire::Prefix prefix;
    prefix.type = wire::Type::gate_reply;
    prefix.request = to.request;
    prefix.incarnation = to.gate_epoch;
    to_gate({prefix, std::move(result), wire::encode(parts), std::move(descriptors)});
}

void Step::reply_ticket(const ReplyTo& to, std::string result, wire::Descriptor descriptor, std::int64_t bytes) {
    if (!answerable(to))
        return;
    wire::Prefix prefix;
    prefix.type = wire::Type::gate_reply;
    prefix.flags = wire::flag_ticket;
    prefix.request = to.request;
    prefix.incarnation = to.gate_epoch;
    to_gate({prefix, std::move(result), wire::encode(wire::Parts{{{0, bytes}}}), {descriptor}});
}

void Step::progress(const ReplyTo& to, std::string body, std::uint16_t flags, std::string tail) {
    if (!to.progress || !answerable(to))
        return;
    wire::Prefix prefix;
    prefix.type = wire::Type::gate_progress;
    prefix.flags = flags;
    prefix.request = to.request;
    prefix.incarnation = to.gate_epoch;
    to_gate({prefix, std::move(body), std::move(tail), {}});
}

void Step::buffers(const ReplyTo& to, std::string body, std::vector<wire::Descriptor> descriptors) {
    if (!answerable(to))
        return;
    wire::Prefix prefix;
    prefix.type = wire::Type::gate_buffers;
    prefix.request = to.request;
    prefix.incarnation = to.gate_epoch;
    to_gate({prefix, std::move(body), {}, std::move(descriptors)});
}

bool Step::picture(const ReplyTo& to, const std::string& body, wire::Descriptor descriptor, std::int64_t bytes) {
    if (!s.gate.waiting.empty() || s.gate.unread >= static_cast<std::int64_t>(wire::descriptor_credit))
        return false;
    if (!answerable(to))
        return true;
    wire::Prefix prefix;
    prefix.type = wire::Type::gate_progress;
    prefix.request = to.request;
    prefix.incarnation = to.gate_epoch;
    to_gate({prefix, body, wire::encode(wire::Parts{{{0, bytes}}}), {descriptor}});
    return true;
}

void Step::forget_descriptor(wire::Descriptor descriptor) {
    std::erase_if(s.gate.waiting, [&](const wire::Message& message) {
        return message.prefix.type == wire::Type::gate_buffers &&
               std::ranges::find(message.descriptors, descriptor) != message.descriptors.end();
    });
    for (auto& message : s.gate.waiting) {
        if (std::ranges::find(message.descriptors, descriptor) == message.descriptors.end())
            continue;
        message.descriptors.clear();
        message.tail.clear();
        message.prefix.flags = wire::flag_error;
        message.json = wire::encode(model::make_error(
            model::Code::result_expired, "the frame was released while it waited to be read; capture again"));
    }
}

void Step::gate_took(std::int64_t descriptors) {
    s.gate.unread = std::max<std::int64_t>(0, s.gate.unread - descriptors);
    while (!s.gate.waiting.empty()) {
        const auto wanted = static_cast<std::int64_t>(s.gate.waiting.front().descriptors.size());
        if (s.gate.unread + wanted > static_cast<std::int64_t>(wire::descriptor_credit))
            return;
        wire::Message message = std::move(s.gate.waiting.front());
        s.gate.waiting.pop_front();
        s.gate.unread += wanted;
        out.push_back(Send{s.gate.child, std::move(message)});
    }
}

} // namespace rekam::broker
