// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/job_services.h"

#include "core/base/clock.h"
#include "core/host/frame_record.h"
#include "core/host/log.h"
#include "core/host/plugin_error.h"
#include "core/host/signature.h"
#include "core/host/text.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <system_error>

namespace rekam::host {
namespace {

using model::Code;

constexpr std::size_t max_open_frames = 8, max_regions = 16;

/// What both sides know of a record that the plugin may have built with another size.
template <class T> T copy_record(const T* from) {
    T copy{};
    std::memcpy(&copy, from, std::min<std::size_t>(from->size, sizeof copy));
    return copy;
}

} // namespace

std::int64_t mono_now_us() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * us_per_s + now.tv_nsec / 1'000;
}

JobServices::JobServices(Kind kind, Call& call, const Request& request, const Post& post)
    : kind_(kind), call_(call), request_(request), post_(post), began_us_(mono_now_us()) {
    table_.data = this;
    table_.request = request.record();
    table_.cancelled = [](const rekam_job_t* j) { return self(j).call_.cancelled(); };
    table_.remaining_ms = [](const rekam_job_t* j) -> std::uint64_t {
        const std::int64_t until = self(j).call_.until_us;
        if (until == never_us)
            return UINT64_MAX;
        return static_cast<std::uint64_t>(std::max<std::int64_t>(0, until - mono_now_us()) / us_per_ms);
    };
    table_.event = [](const rekam_job_t* j, const rekam_event_t* e) { self(j).event(copy_record(e)); };
    table_.frame_new = [](const rekam_job_t* j, std::uint64_t, rekam_frame_t* out) { return self(j).frame_new(out); };
    table_.frame_write = [](const rekam_job_t* j, rekam_frame_t* frame, const void* data, std::size_t bytes) {
        return self(j).frame_write(frame, {static_cast<const char*>(data), bytes});
    };
    table_.frame_region = [](const rekam_job_t* j, rekam_frame_t* frame, const rekam_region_t* region) {
        return self(j).frame_region(frame, copy_record(region));
    };
    table_.frame_submit = [](const rekam_job_t* j, rekam_frame_t* frame) { return self(j).frame_submit(frame); };
    table_.frame_drop = [](const rekam_job_t* j, rekam_frame_t* frame) { self(j).frames_.erase(frame->token); };
    table_.result = [](const rekam_job_t* j, const char* key, const char* json) { return self(j).result(key, json); };
}

JobServices::~JobServices() = default;

JobServices::OpenFrame* JobServices::find(const rekam_frame_t* frame) {
    const auto found = frames_.find(frame->token);
    return found == frames_.end() ? nullptr : &found->second;
}

std::uint32_t JobServices::spoil(Code code, std::string message) {
    if (!spoiled_) {
        spoiled_.emplace();
        spoiled_->code = code;
        spoiled_->message = std::move(message);
    }
    return number_of(code);
}

void JobServices::event(const rekam_event_t& event) {
    Progressed progressed;
    progressed.call = call_.id;
    if (event.percent >= 0)
        progressed.progress.percent = std::min(event.percent, 100);
    if (event.quality >= 0)
        progressed.progress.quality = std::min(event.quality, 100);
    const std::string word = clean_array(event.guidance);
    if (model::is_guidance(word))
        progressed.progress.guide.push_back(word);
    else if (!word.empty())
        log_line(REKAM_LOG_WARNING, "the plugin guides with a word that is not in the vocabulary: " + word);
    post_(std::move(progressed));
}

std::uint32_t JobServices::frame_new(rekam_frame_t* out) {
    const std::uint32_t size = out->size;
    std::memset(out, 0, size);
    out->size = size;
    if (call_.cancelled())
        return REKAM_E_CANCELLED;
    if (kind_ != Kind::capture || size < offsetof(rekam_frame_t, format) || frames_.size() >= max_open_frames)
        return REKAM_E_INTERNAL;
    out->token = next_token_++;
    frames_.try_emplace(out->token);
    return REKAM_OK;
}

std::uint32_t JobServices::frame_write(rekam_frame_t* frame, std::string_view bytes) {
    OpenFrame* open = find(frame);
    if (!open)
        return spoil(Code::bad_frame, "the plugin writes to a frame that it did not begin");
    if (call_.cancelled())
        return REKAM_E_CANCELLED;
    try {
        if (!open->file)
            open->file.emplace(goes_unchanged(clean_array(frame->format), request_));
        open->file->write(bytes);
        return REKAM_OK;
    } catch (const std::length_error& e) {
        open->failed = true;
        return spoil(Code::too_large, e.what());
    } catch (const std::exception& e) {
        open->failed = true;
        return spoil(Code::internal, std::string("a frame could not be stored: ") + e.what());
    }
}

std::uint32_t JobServices::frame_region(rekam_frame_t* frame, const rekam_region_t& region) {
    OpenFrame* open = find(frame);
    const std::string subject = clean_array(region.subject);
    if (!open || !model::is_subject(subject) || region.quality.score > 100 || open->fingers.size() >= max_regions)
        return spoil(Code::bad_frame, "the plugin names a region that cannot be: " + subject);
    if (!subject.starts_with("finger.") && !subject.starts_with("eye.")) {
        if (region.has_box != 0)
            open->box = box_of(region.box);
        return REKAM_OK;
    }
    wire::Finger finger;
    finger.position = subject;
    if (region.has_box != 0)
        finger.box = box_of(region.box);
    if (region.quality.score > 0)
        finger.quality = region.quality.score;
    if (auto reasons = reasons_of(region.quality); !reasons.empty())
        finger.reasons = std::move(reasons);
    open->fingers.push_back(std::move(finger));
    return REKAM_OK;
}

std::uint32_t JobServices::frame_submit(rekam_frame_t* frame) {
    auto node = frames_.extract(frame->token);
    if (node.empty() || node.mapped().failed || !node.mapped().file)
        return spoil(Code::bad_frame,
                     "the plugin submits a frame that it did not begin, or that is empty or lost bytes");
    if (call_.cancelled())
        return REKAM_E_CANCELLED;
    try {
        return submit(copy_record(frame), node.mapped());
    } catch (const std::length_error& e) {
        return spoil(Code::too_large, e.what());
    } catch (const std::exception& e) { // above all a seal that failed: such a frame must not leave
        return spoil(Code::internal, std::string("a frame could not be finished: ") + e.what());
    }
}

std::uint32_t JobServices::submit(const rekam_frame_t& record, OpenFrame& open) {
    const FrameContext context{request_, began_us_, mono_now_us(), [this] { return call_.cancelled(); }};
    auto finished = finish_frame(record, std::move(*open.file), context);
    if (!finished) {
        if (finished.error().code == Code::cancelled)
            return REKAM_E_CANCELLED;
        return spoil(finished.error().code, finished.error().message);
    }
    finished->frame.fingers = std::move(open.fingers);
    for (auto& finger : finished->frame.fingers)
        if (finger.box)
            finger.box = finished->turned.box(*finger.box);
    if (!finished->frame.box && open.box)
        finished->frame.box = finished->turned.box(*open.box);
    post_(Framed{call_.id, std::move(finished->frame), finished->memfd.release()});
    if (call_.wait_taken()) {
        ++submitted_;
        return REKAM_OK;
    }
    return call_.cancelled() ? REKAM_E_CANCELLED : REKAM_E_BAD_FRAME;
}

std::uint32_t JobServices::result(const char* key, const char* json) {
    if (kind_ == Kind::health)
        return REKAM_E_INTERNAL;
    const auto wrong = readings_.add(clean_text(key, 64), {json, ::strnlen(json, max_result_bytes + 1)});
    if (!wrong)
        return REKAM_OK;
    // What is too long a plugin may say shorter; what is wrong is the plugin's fault and must not end well.
    return wrong->code == Code::too_large ? static_cast<std::uint32_t>(REKAM_E_TOO_LARGE)
                                          : spoil(Code::bad_frame, wrong->message);
}

wire::Expected<wire::Readings> JobServices::finish() {
    auto readings = readings_.finish(request_);
    if (readings && readings->samples && submitted_ == 0)
        try {
            if (auto wrong = draw(*readings->samples))
                return std::move(*wrong);
        } catch (const std::exception& e) {
            return model::make_error(Code::internal, std::string("the signature could not be drawn: ") + e.what());
        }
    return readings;
}

// As if the plugin had submitted the picture: the same checks, hash and seal.
std::optional<model::Error> JobServices::draw(const wire::Samples& samples) {
    auto drawing = draw_signature(samples, request_);
    if (!drawing)
        return std::move(drawing).error();
    if (drawing->bytes.empty())
        return std::nullopt;
    OpenFrame open;
    open.file.emplace(goes_unchanged(clean_array(drawing->record.format), request_));
    open.file->write(drawing->bytes);
    if (submit(drawing->record, open) == REKAM_OK)
        return std::nullopt;
    if (spoiled_)
        return model::make_error(spoiled_->code, spoiled_->message);
    return model::make_error(Code::cancelled, "cancelled while the signature was drawn");
}

} // namespace rekam::host
