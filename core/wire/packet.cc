// SPDX-License-Identifier: Apache-2.0
#include "core/wire/packet.h"

#include "core/wire/tables.h"

#include <cstring>
#include <stdexcept>

namespace rekam::wire {
namespace {

model::Error broken(std::string what) { return model::make_error(model::Code::protocol_error, std::move(what)); }

} // namespace

void Packer::add(Message message) {
    if (message.json.size() > max_json_bytes || message.tail.size() > max_tail_bytes ||
        message.descriptors.size() > max_descriptors)
        throw std::length_error("a message over the limits of its channel");
    Prefix& prefix = message.prefix;
    prefix.json_bytes = static_cast<std::uint32_t>(message.json.size());
    prefix.tail_bytes = static_cast<std::uint32_t>(message.tail.size());
    prefix.descriptors = static_cast<std::uint16_t>(message.descriptors.size());
    const std::size_t bytes = sizeof prefix + message.json.size() + message.tail.size();
    const bool alone = !message.descriptors.empty();
    const bool joins = !alone && !packets_.empty() && packets_.back().descriptors.empty() &&
                       packets_.back().bytes.size() + bytes <= max_packet_bytes;
    if (!joins)
        packets_.emplace_back();
    Packet& packet = packets_.back();
    packet.bytes.append(reinterpret_cast<const char*>(&prefix), sizeof prefix);
    packet.bytes += message.json;
    packet.bytes += message.tail;
    packet.descriptors = std::move(message.descriptors);
    ++packet.messages;
}

Expected<std::vector<Message>> unpack(std::string_view packet, std::span<const Descriptor> descriptors) {
    std::vector<Message> messages;
    if (packet.empty() || packet.size() > max_packet_bytes)
        return broken("a packet of " + std::to_string(packet.size()) + " bytes");
    while (!packet.empty()) {
        Message message;
        if (packet.size() < sizeof message.prefix)
            return broken("a packet ends inside a prefix");
        std::memcpy(&message.prefix, packet.data(), sizeof message.prefix);
        packet.remove_prefix(sizeof message.prefix);
        const Prefix& prefix = message.prefix;
        if (prefix.version != 1 || prefix.reserved != 0 || !row(prefix.type))
            return broken("an unknown version or message type");
        if (prefix.json_bytes > max_json_bytes || prefix.tail_bytes > max_tail_bytes ||
            std::size_t{prefix.json_bytes} + prefix.tail_bytes > packet.size())
            return broken("lengths that do not fit the packet");
        message.json = packet.substr(0, prefix.json_bytes);
        message.tail = packet.substr(prefix.json_bytes, prefix.tail_bytes);
        packet.remove_prefix(std::size_t{prefix.json_bytes} + prefix.tail_bytes);
        messages.push_back(std::move(message));
    }
    std::size_t announced = 0;
    for (const auto& message : messages)
        announced += message.prefix.descriptors;
    if (announced != descriptors.size() || (announced != 0 && messages.size() != 1) || announced > max_descriptors)
        return broken("the number of descriptors is not the announced one");
    messages.front().descriptors.assign(descriptors.begin(), descriptors.end());
    return messages;
}

} // namespace rekam::wire
