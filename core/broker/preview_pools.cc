// SPDX-License-Identifier: Apache-2.0
#include "core/broker/preview_pools.h"

#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/previews.h"
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"

#include <algorithm>

namespace rekam::broker {
namespace {

using model::Code;
using model::make_error;
using MaybeError = std::optional<model::Error>;

/// Each holds memory of a host: eight pictures at most, which may be large.
constexpr std::ptrdiff_t previews_with_tickets = 16;

model::Error broken(std::string what) { return make_error(Code::protocol_error, "the host " + std::move(what)); }

} // namespace

MaybeError refuse_tickets(const Step& step, const Asked& asked) {
    const State& s = step.s;
    const auto& params = std::get<wire::PreviewStartParams>(asked.request.params);
    if (!params.tickets) {
        const bool raw = params.formats && std::ranges::any_of(params.formats->items, [](const auto& format) {
                             return format.value == wire::format_raw;
                         });
        return raw ? MaybeError(make_error(Code::out_of_range,
                                           "raw pixels are shown to holders of tickets only: ask for tickets, or for "
                                           "image/jpeg",
                                           "params.formats"))
                   : std::nullopt;
    }
    if (!s.sessions.at(asked.session).proved.uid || s.config.endpoints.data.empty())
        return make_error(Code::denied,
                          "tickets are for programs on the station's machine that connect over ipc: leave tickets out, "
                          "and the pictures come as parts",
                          "params.tickets");
    const auto others = std::ranges::count_if(s.previews, [](const auto& entry) { return entry.second.tickets > 0; });
    if (others < previews_with_tickets)
        return std::nullopt;
    return make_error(Code::too_many, "the station shows " + std::to_string(others) +
                                          " previews with tickets, as many as it can; stop one, or leave tickets out");
}

MaybeError pool_made(Step& step, Device& device, const ChildMessage& received) {
    const auto& message = received.message;
    const auto close_all = [&] {
        for (const auto descriptor : message.descriptors)
            step.out.push_back(CloseDescriptor{descriptor});
    };
    wire::Prefix credit = prefix_to(device);
    credit.job = message.prefix.job;
    step.send(device.host, wire::Type::host_taken,
              wire::encode(wire::Taken{static_cast<std::int64_t>(message.descriptors.size())}), credit);
    const auto pool = wire::decode<wire::PoolBuffers>(message.json);
    const bool sealed = pool && pool->bytes > 0 && received.sealed_bytes.size() == message.descriptors.size() &&
                        std::ranges::all_of(received.sealed_bytes, [&](auto bytes) { return bytes == pool->bytes; });
    if (!sealed) {
        close_all();
        return broken("sent buffers that others could change, or that are not of the announced size");
    }
    if (!is_under_way(device, message.prefix)) {
        close_all();
        return broken("sent buffers of a preview that it was not given, or that it had ended");
    }
    Preview* preview = preview_of(step.s, device, message.prefix);
    if (!preview) {
        close_all(); // it has ended meanwhile
        return std::nullopt;
    }
    const auto wanted = preview->tickets + buffers_beside_consumers;
    const auto last = preview->pool ? preview->pool->pool : 0;
    if (preview->tickets == 0 || std::ssize(message.descriptors) != wanted || pool->pool != last + 1) {
        close_all();
        return broken("made a pool that nobody asked for");
    }
    drop_pool(step, *preview);
    preview->pool = *pool;
    preview->buffers = message.descriptors;
    step.buffers(preview->reply_to, wire::encode(*pool), preview->buffers);
    return std::nullopt;
}

MaybeError buffer_returned(Step& step, const wire::Message& message) {
    const auto at = wire::decode<wire::BufferRef>(message.json);
    if (!at)
        return make_error(Code::protocol_error, "the gate gave a buffer back that cannot be read");
    for (const auto& [no, preview] : step.s.previews)
        if (preview.reply_to.request == message.prefix.request && preview.tickets > 0)
            give_back_buffer(step, preview, *at);
    return std::nullopt;
}

void give_back_buffer(Step& step, const Preview& preview, const wire::BufferRef& at) {
    const auto device = step.s.devices.find(preview.device);
    if (device == step.s.devices.end() || device->second.preview != preview.no)
        return;
    wire::Prefix prefix = prefix_to(device->second);
    prefix.job = preview.no;
    prefix.fence = static_cast<std::uint64_t>(preview.fence);
    step.send(device->second.host, wire::Type::host_returned, wire::encode(at), prefix);
}

void drop_pool(Step& step, Preview& preview) {
    for (const auto descriptor : preview.buffers)
        step.forget_descriptor(descriptor);
    for (const auto descriptor : std::exchange(preview.buffers, {}))
        step.out.push_back(CloseDescriptor{descriptor});
}

} // namespace rekam::broker
