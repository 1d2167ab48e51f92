// SPDX-License-Identifier: Apache-2.0
#include "core/broker/frames.h"

#include "core/broker/views.h"
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"

#include <algorithm>
#include <charconv>

namespace rekam::broker {
namespace {

using model::Code;
using model::make_error;

/// Finds a frame of the session.
const Frame* find_frame(const State& s, SessionNo session, const std::string& id) {
    const auto dash = id.rfind('-');
    FrameNo no = 0;
    if (dash == std::string::npos || std::from_chars(id.data() + dash + 1, id.data() + id.size(), no).ec != std::errc())
        return nullptr;
    const auto found = s.frames.find(no);
    return found != s.frames.end() && found->second.session == session && found->second.record.frame == id
               ? &found->second
               : nullptr;
}

/// "F-<epoch>-<no>" of an earlier epoch, or of this one with a number already given out.
bool was_given_out(const State& s, const std::string& id) {
    std::int64_t epoch = 0;
    FrameNo no = 0;
    if (!id.starts_with("F-"))
        return false;
    const char* const end = id.data() + id.size();
    const auto first = std::from_chars(id.data() + 2, end, epoch);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-')
        return false;
    const auto second = std::from_chars(first.ptr + 1, end, no);
    return second.ec == std::errc() && second.ptr == end &&
           ((epoch >= 1 && epoch < s.station_epoch) || (epoch == s.station_epoch && no >= 1 && no <= s.last_frame));
}

/// A frame of another session gets the same answer, word for word, as one that was released: nobody learns whether it
/// is still there. That a number was given out is no secret: they are counted, and everybody sees his own.
model::Error no_frame(const State& s, const std::string& id) {
    if (was_given_out(s, id))
        return make_error(Code::result_expired,
                          "frame " + id + " was released, expired, or belongs to another session; capture again",
                          "params.frame");
    return make_error(Code::unknown_frame, "no frame has the id " + id + "; use the ids of a capture's result",
                      "params.frame");
}

/// The whole frame, by descriptor: the gate adds the ticket for which it is handed over.
void give_ticket(Step& step, const Asked& asked, const Frame& frame) {
    const auto& params = std::get<wire::FrameGetParams>(asked.request.params);
    if (params.offset || params.length)
        return step.reply(asked.reply_to,
                          make_error(Code::bad_request, "a ticket is for the whole frame: leave offset and length out",
                                     params.offset ? "params.offset" : "params.length"));
    if (!step.s.sessions.at(asked.session).proved.uid || step.s.config.endpoints.data.empty())
        return step.reply(asked.reply_to,
                          make_error(Code::denied,
                                     "tickets are for programs on the station's machine that connect over ipc: leave "
                                     "as out, and the bytes come as parts",
                                     "params.as"));
    const wire::FrameTicket result{params.frame, frame.record.bytes, frame.record.hash};
    step.reply_ticket(asked.reply_to, wire::encode(result), frame.descriptor, frame.record.bytes);
}

template <class Pred> void drop_frames_if(Step& step, Pred matches) {
    std::vector<FrameNo> numbers;
    for (const auto& [no, frame] : step.s.frames)
        if (matches(frame))
            numbers.push_back(no);
    for (const auto no : numbers)
        drop_frame(step, no);
}

} // namespace

const Frame* frame_of(const State& s, SessionNo session, const std::string& id) { return find_frame(s, session, id); }

bool keep_frame(Step& step, Job& job, wire::Frame record, wire::Descriptor descriptor) {
    State& s = step.s;
    const auto session = s.sessions.find(job.session);
    if (session == s.sessions.end() ||
        session->second.unread_bytes + record.bytes > s.config.limits.unread_frame_bytes) {
        step.out.push_back(CloseDescriptor{descriptor});
        return false;
    }
    session->second.unread_bytes += record.bytes;
    const FrameNo no = ++s.last_frame;
    record.frame = frame_id(s, no);
    job.frames.push_back(no);
    job.taken.push_back(record);
    s.frames.emplace(no, Frame{no, job.session, std::move(record), descriptor});
    s.timers.arm({Timer::Kind::frame_expiry, no}, step.in_ms(s.config.quotas.frame_ttl_ms));
    return true;
}

void drop_frame(Step& step, FrameNo no) {
    State& s = step.s;
    const auto found = s.frames.find(no);
    if (found == s.frames.end())
        return;
    step.forget_descriptor(found->second.descriptor);
    step.out.push_back(CloseDescriptor{found->second.descriptor});
    if (const auto session = s.sessions.find(found->second.session); session != s.sessions.end())
        session->second.unread_bytes -= found->second.record.bytes;
    s.timers.disarm({Timer::Kind::frame_expiry, no});
    s.frames.erase(found);
}

void drop_frames_of_job(Step& step, const Job& job) {
    for (const auto no : job.frames)
        drop_frame(step, no);
}

void drop_frames_of_session(Step& step, SessionNo no) {
    drop_frames_if(step, [&](const Frame& frame) { return frame.session == no; });
}

void drop_frames_of_case(Step& step, const std::string& case_id, const std::vector<std::string>& keep) {
    drop_frames_if(step, [&](const Frame& frame) {
        return frame.record.case_ == case_id && std::ranges::find(keep, frame.record.frame) == keep.end();
    });
}

void frame_get(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::FrameGetParams>(asked.request.params);
    const Frame* frame = find_frame(step.s, asked.session, params.frame);
    if (!frame)
        return step.reply(asked.reply_to, no_frame(step.s, params.frame));
    if (params.wants_ticket())
        return give_ticket(step, asked, *frame);
    const std::int64_t total = frame->record.bytes;
    const std::int64_t offset = params.offset.value_or(0);
    if (offset > total || (offset == total && total != 0))
        return step.reply(asked.reply_to,
                          make_error(Code::out_of_range,
                                     "params.offset is " + std::to_string(offset) + ", but must be below the frame's " +
                                         std::to_string(total) + " bytes",
                                     "params.offset"));
    const std::int64_t length = std::min<std::int64_t>(params.length ? params.length->value : 8 << 20, total - offset);
    const wire::FrameGetResult result{params.frame, offset, length, total, 0};
    step.reply_parts(asked.reply_to, wire::encode(result), {frame->descriptor}, {{{offset, length}}});
}

void frame_release(Step& step, const Asked& asked) {
    const auto& params = std::get<wire::FrameReleaseParams>(asked.request.params);
    wire::FrameReleased result;
    for (const std::string& id : params.frames.items)
        if (!was_given_out(step.s, id)) // before anything is released: a refusal has no effect
            return step.reply(asked.reply_to, no_frame(step.s, id));
    for (const std::string& id : params.frames.items)
        if (const Frame* frame = find_frame(step.s, asked.session, id)) {
            drop_frame(step, frame->no);
            ++result.released;
        }
    step.reply(asked.reply_to, wire::encode(result));
}

} // namespace rekam::broker
