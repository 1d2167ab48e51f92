// SPDX-License-Identifier: Apache-2.0
#include "core/broker/previews.h"

#include "core/broker/children.h"
#include "core/broker/devices.h"
#include "core/broker/leases.h"
#include "core/broker/plugins.h"
#include "core/broker/preview_pools.h"
#include "core/broker/refusals.h"
#include "core/broker/views.h"
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"
#include "core/wire/preview_records.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace rekam::broker {
namespace {

using model::Code;
using model::EndCause;
using model::make_error;
using MaybeError = std::optional<model::Error>;

std::string preview_id(const State& s, PreviewNo no) {
    return "P-" + std::to_string(s.station_epoch) + "-" + std::to_string(no);
}

model::Error broken(std::string what) { return make_error(Code::protocol_error, "the host " + std::move(what)); }

Preview* preview_on(State& s, DeviceNo device) {
    const auto found = std::ranges::find_if(s.previews, [&](const auto& one) { return one.second.device == device; });
    return found == s.previews.end() ? nullptr : &found->second;
}

std::string_view why(EndCause cause) {
    switch (cause) {
    case EndCause::lease_lost: return "its lease ended; acquire another and start it again";
    case EndCause::case_closed: return "its case was closed; open another for the next person";
    case EndCause::rebound: return "its slot was bound to another device; start it again";
    case EndCause::stopping: return "the station is stopping; start it again when it is back";
    default: return "nobody watches it any more; start it again";
    }
}

/// Takes it out of the table. The host goes on until it hears of it, and nobody does of the host.
Preview take_out(Step& step, PreviewNo no) {
    State& s = step.s;
    Preview preview = std::move(s.previews.at(no));
    s.previews.erase(no);
    s.timers.disarm({Timer::Kind::preview_deadline, no});
    if (preview.waiting)
        step.out.push_back(CloseDescriptor{preview.waiting->descriptor});
    drop_pool(step, preview);
    const auto device = s.devices.find(preview.device);
    if (device != s.devices.end() && device->second.preview == no) {
        wire::Prefix prefix = prefix_to(device->second);
        prefix.job = no;
        prefix.fence = static_cast<std::uint64_t>(preview.fence);
        step.send(device->second.host, wire::Type::host_preview_stop, {}, prefix);
    }
    return preview;
}

void end_with(Step& step, PreviewNo no, model::Error error) {
    const Preview preview = take_out(step, no);
    error.slot = preview.slot;
    if (const auto device = step.s.devices.find(preview.device); device != step.s.devices.end())
        error.device = device->second.id;
    step.reply(preview.reply_to, error);
}

void end_well(Step& step, PreviewNo no, const char* ended_by) {
    const Preview preview = take_out(step, no);
    wire::PreviewResult result;
    result.preview = preview_id(step.s, no);
    result.ended_by = ended_by;
    result.frames = preview.frames;
    step.reply(preview.reply_to, wire::encode(result));
}

template <class Pred> void end_if(Step& step, EndCause cause, Pred matches) {
    std::vector<PreviewNo> numbers;
    for (const auto& [no, preview] : step.s.previews)
        if (matches(preview))
            numbers.push_back(no);
    for (const auto no : numbers)
        end_with(step, no, make_error(Code::cancelled, "the preview ended: " + std::string(why(cause))));
}

MaybeError check_device(Step& step, const Slot& slot) {
    State& s = step.s;
    if (auto trouble = slot_trouble(step, slot))
        return trouble;
    const Device& device = s.devices.at(slot.device);
    MaybeError error;
    if (!takes_calls(s, device)) {
        error = make_error(Code::not_ready, "the device of slot " + slot.config.name +
                                                " is being opened; start the preview again in a moment");
        error->retry_ms = 1'000;
    } else if (!device.can_preview) {
        error = make_error(Code::not_covered, "the device of slot " + slot.config.name +
                                                  " shows no preview; bind one that does, or capture without");
    } else if (const Preview* other = preview_on(s, device.no)) {
        error = make_error(Code::busy, "the device of slot " + slot.config.name + " shows the preview " +
                                           preview_id(s, other->no) + " already; stop that one first (preview.stop)");
        error->holder = holder_of(step, s.leases.at(other->lease));
        error->retry_ms = 1'000;
    }
    if (error) {
        error->slot = slot.config.name;
        error->device = device.id;
    }
    return error;
}

void show(Step& step, Preview& preview) {
    if (!preview.waiting || preview.with_gate ||
        !step.picture(preview.reply_to, preview.waiting->record, preview.waiting->descriptor, preview.waiting->bytes))
        return;
    step.out.push_back(CloseDescriptor{preview.waiting->descriptor});
    preview.waiting.reset();
    preview.with_gate = true;
}

std::string record_of(const Step& step, const Preview& preview, const wire::HostView& view) {
    wire::PreviewProgress record;
    record.preview = preview_id(step.s, preview.no);
    record.seq = preview.frames;
    record.format = view.format.value;
    record.width_px = view.width_px;
    record.height_px = view.height_px;
    record.bytes = view.bytes;
    record.taken_at = step.time();
    record.taken_at->utc_us -= step.now.mono_us - view.exposure_mono_us;
    record.taken_at->mono_us = view.exposure_mono_us;
    if (view.quality)
        record.quality = view.quality->value;
    for (const auto& word : view.guide)
        if (model::is_guidance(word)) { // a vendor's free text never reaches a client as guidance
            if (!record.guide)
                record.guide.emplace();
            record.guide->push_back(word);
        }
    record.box = view.box;
    if (preview.tickets == 0)
        record.part = 0;
    const auto number = [](const auto& field) {
        return field ? std::optional(field->value) : std::optional<std::int64_t>();
    };
    record.bits = number(view.bits);
    record.channels = number(view.channels);
    record.stride_bytes = number(view.stride_bytes);
    return wire::encode(record);
}

/// What had to wait until the host has ended the preview.
void after_preview(Step& step, Device& device) {
    if (step.s.stopping != Stopping::no)
        return;
    enumerate_if_it_waited(step, device.plugin);
    offer_preview(step, device);
}

/// A picture that nobody may see, or nobody can.
void drop_picture(Step& step, const Preview* preview, const wire::HostView& view, const wire::Message& message) {
    for (const auto descriptor : message.descriptors)
        step.out.push_back(CloseDescriptor{descriptor});
    if (preview && view.at)
        give_back_buffer(step, *preview, *view.at);
}

/// The picture as it goes on: its bytes never come here.
void show_in_buffer(Step& step, Preview& preview, const wire::HostView& view) {
    ++preview.frames;
    step.progress(preview.reply_to, record_of(step, preview, view), wire::flag_buffer, wire::encode(*view.at));
}

/// What a host cannot have meant: another kind of picture than was asked for, or bytes that are not there.
const char* objection(const Preview& preview, const wire::HostView& view) {
    if (view.at.has_value() != (preview.tickets > 0))
        return "showed a picture in another way than it was asked to";
    if (view.at && (!preview.pool || view.at->pool.value > preview.pool->pool || view.bytes > preview.pool->bytes ||
                    view.at->buffer.value >= preview.tickets + buffers_beside_consumers))
        return "showed a picture in a buffer that there is not";
    return nullptr;
}

} // namespace

bool is_under_way(const Device& device, const wire::Prefix& prefix) {
    return device.preview != 0 && device.preview == prefix.job;
}

/// Everything else raced, or is a ghost's: nobody sees it.
Preview* preview_of(State& s, const Device& device, const wire::Prefix& prefix) {
    const auto found = s.previews.find(prefix.job);
    const bool its = found != s.previews.end() && found->second.device == device.no && found->second.given &&
                     static_cast<std::uint64_t>(found->second.fence) == prefix.fence;
    return its ? &found->second : nullptr;
}

void preview_start(Step& step, const Asked& asked) {
    State& s = step.s;
    const auto& envelope = asked.request.envelope;
    const auto& params = std::get<wire::PreviewStartParams>(asked.request.params);
    const auto refuse = [&](const model::Error& error) { step.reply(asked.reply_to, error); };
    if (const auto error = wire::check_preview_envelope(envelope))
        return refuse(*error);
    const auto slot = s.slots.find(params.slot.value);
    if (slot == s.slots.end())
        return refuse(unknown_slot(params.slot));
    const auto lease = lease_for(step, *envelope.lease, asked.session, params.slot);
    if (!lease)
        return refuse(lease.error());
    if (s.stopping != Stopping::no)
        return refuse(make_error(Code::shutting_down, "the station is stopping; try again when it is back"));
    if (const auto error = refuse_tickets(step, asked))
        return refuse(*error);
    if (const auto error = check_device(step, slot->second))
        return refuse(*error);
    Preview preview;
    preview.no = ++s.last_preview;
    preview.session = asked.session;
    preview.lease = (*lease)->no;
    preview.device = slot->second.device;
    preview.slot = slot->first;
    preview.function = slot->second.config.function;
    preview.fence = slot->second.fence;
    preview.accepted_us = step.now.mono_us;
    preview.rate_hz = params.rate_hz ? params.rate_hz->value : preview.rate_hz;
    preview.raw_params = asked.request.raw;
    preview.reply_to = asked.reply_to;
    preview.tickets = params.tickets ? params.tickets->value : 0;
    const std::int64_t tickets = preview.tickets;
    const PreviewNo no = preview.no;
    if (envelope.deadline_ms)
        s.timers.arm({Timer::Kind::preview_deadline, no}, step.in_ms(*envelope.deadline_ms));
    s.previews.emplace(no, std::move(preview));
    wire::PreviewProgress first;
    first.preview = preview_id(s, no);
    if (tickets > 0)
        step.progress(asked.reply_to, wire::encode(first), wire::flag_ticket,
                      wire::encode(wire::TicketsWanted{tickets}));
    else
        step.progress(asked.reply_to, wire::encode(first));
    offer_preview(step, s.devices.at(slot->second.device));
}

void preview_stop(Step& step, const Asked& asked) {
    const std::string& id = std::get<wire::PreviewStopParams>(asked.request.params).preview;
    for (const auto& [no, preview] : step.s.previews)
        if (preview.session == asked.session && preview_id(step.s, no) == id) {
            end_well(step, no, "stop");
            return step.reply(asked.reply_to, wire::encode(wire::PreviewStopped{id}));
        }
    step.reply(asked.reply_to,
               make_error(Code::unknown_job, "this session has no preview " + id + "; it may have ended already",
                          "params.preview"));
}

void end_previews_of_lease(Step& step, LeaseNo lease, EndCause cause) {
    end_if(step, cause, [&](const Preview& preview) { return preview.lease == lease; });
}

void end_previews_of_slot(Step& step, const std::string& slot, EndCause cause) {
    end_if(step, cause, [&](const Preview& preview) { return preview.slot == slot; });
}

void end_all_previews(Step& step, EndCause cause) {
    end_if(step, cause, [](const Preview&) { return true; });
}

void preview_deadline(Step& step, PreviewNo no) {
    if (step.s.previews.contains(no))
        end_well(step, no, "deadline");
}

void offer_preview(Step& step, Device& device) {
    Preview* preview = preview_on(step.s, device.no);
    if (!preview || preview->given || device.preview != 0 || !takes_calls(step.s, device) ||
        plugin_is_enumerating(step, device))
        return;
    preview->given = true;
    device.preview = preview->no;
    wire::HostPreview ask;
    ask.function = preview->function;
    ask.accepted_mono_us = preview->accepted_us;
    ask.rate_hz = preview->rate_hz;
    ask.params = wire::RawJson{boost::json::serialize(preview->raw_params)};
    if (preview->tickets > 0)
        ask.buffers = preview->tickets + buffers_beside_consumers;
    wire::Prefix prefix = prefix_to(device);
    prefix.job = preview->no;
    prefix.fence = static_cast<std::uint64_t>(preview->fence);
    step.send(device.host, wire::Type::host_preview, wire::encode(ask), prefix);
}

void previews_died(Step& step, Device& device, const model::Error& error) {
    const bool showed = std::exchange(device.preview, 0) != 0;
    if (const Preview* preview = preview_on(step.s, device.no))
        end_with(step, preview->no, error);
    if (showed)
        enumerate_if_it_waited(step, device.plugin);
}

MaybeError preview_view(Step& step, Device& device, const ChildMessage& received) {
    const auto& message = received.message;
    const auto view = wire::decode<wire::HostView>(message.json);
    const bool has_memfd = !message.descriptors.empty();
    if (has_memfd) {
        wire::Prefix credit = prefix_to(device);
        credit.job = message.prefix.job;
        step.send(device.host, wire::Type::host_taken, wire::encode(wire::Taken{1}), credit);
    }
    const bool sealed =
        view && (!has_memfd || (received.sealed_bytes.size() == 1 && received.sealed_bytes.front() == view->bytes));
    if (!sealed || has_memfd == view->at.has_value()) {
        drop_picture(step, nullptr, {}, message);
        return broken(view ? "sent a picture that is not sealed, or not of the announced size"
                           : "sent the record of a picture that cannot be read");
    }
    if (!is_under_way(device, message.prefix)) {
        drop_picture(step, nullptr, *view, message);
        return broken("showed a picture of a preview that it was not given, or that it had ended");
    }
    Preview* preview = preview_of(step.s, device, message.prefix);
    if (const char* wrong = preview ? objection(*preview, *view) : nullptr) {
        drop_picture(step, nullptr, *view, message);
        return broken(wrong);
    }
    // Nobody may see it any more: the lease is over, and its timer comes after this.
    const bool late = preview && step.s.leases.at(preview->lease).expires_boot_us <= step.now.boot_us;
    if (!preview || late || view->exposure_mono_us < preview->accepted_us) { // or of somebody who was there before
        drop_picture(step, preview, *view, message);
        return std::nullopt;
    }
    if (view->at) {
        show_in_buffer(step, *preview, *view);
        return std::nullopt;
    }
    if (view->bytes > step.s.config.limits.attach_bytes) {
        drop_picture(step, preview, *view, message);
        end_with(step, preview->no,
                 make_error(Code::too_large, "a picture of the preview has " + std::to_string(view->bytes) +
                                                 " bytes, more than limits.attach_bytes; ask for smaller ones "
                                                 "(width_px, image/jpeg), or for tickets"));
        return std::nullopt;
    }
    ++preview->frames;
    if (preview->waiting) // the newest wins
        step.out.push_back(CloseDescriptor{preview->waiting->descriptor});
    preview->waiting = WaitingPicture{record_of(step, *preview, *view), message.descriptors.front(), view->bytes};
    show(step, *preview);
    return std::nullopt;
}

MaybeError preview_over(Step& step, Device& device, const wire::Message& message) {
    const auto body = wire::decode<wire::HostFinal>(message.json);
    if (!body)
        return broken("ended a preview with a record that cannot be read: " + body.error().message);
    if (!is_under_way(device, message.prefix))
        return broken("ended a preview that it was not given, or had ended before");
    const Preview* preview = preview_of(step.s, device, message.prefix);
    if (!preview && step.s.previews.contains(device.preview))
        return broken("ended a preview under another fence than its own");
    device.preview = 0;
    if (preview)
        end_with(step, preview->no,
                 with_remedy(body->failure ? error_from(*body->failure)
                                           : make_error(Code::internal, "the preview ended and gave no reason")));
    after_preview(step, device);
    return std::nullopt;
}

void preview_taken(Step& step, std::uint64_t request) {
    for (auto& [no, preview] : step.s.previews) {
        if (preview.reply_to.request == request)
            preview.with_gate = false;
        show(step, preview);
    }
}

} // namespace rekam::broker
