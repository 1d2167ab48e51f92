// SPDX-License-Identifier: Apache-2.0 OR MIT
// The part of the loop that is about previews: the plugin is asked for one picture after the other, at most as often as
// the client wants and only while the broker has the one before. What else the device has to do comes first.
#include "core/host/loop.h"

#include "core/wire/codec.h"

#include <algorithm>
#include <utility>

namespace rekam::host {

using model::Code;
using wire::Failure;
using wire::Type;

void Loop::received_preview(const wire::Message& message) {
    auto asked = wire::decode<wire::HostPreview>(message.json);
    if (!asked || message.prefix.job == 0)
        return end(exit_protocol, asked ? "a preview without a number" : asked.error().message);
    const auto refuse = [&](Code code, const char* why) {
        wire::HostFinal final;
        final.failure = Failure{code, why, {}, {}};
        send(Type::host_preview_over, message.prefix, wire::encode(final));
    };
    if (state_ != LoopState::open)
        return refuse(Code::not_ready, "the device is not open");
    if (preview_)
        return refuse(Code::busy, "this device shows another preview");
    preview_ = Preview();
    preview_->prefix = message.prefix;
    preview_->asked = std::move(*asked);
    if (preview_->asked.buffers)
        preview_->buffers.emplace();
    schedule();
}

void Loop::received_returned(const wire::Message& message) {
    const auto at = wire::decode<wire::BufferRef>(message.json);
    if (!at)
        return end(exit_protocol, at.error().message);
    if (!preview_ || !preview_->buffers || message.prefix.job != preview_->prefix.job)
        return; // it ended meanwhile
    preview_->buffers->give_back(*at);
    go_on_with_preview();
}

void Loop::received_preview_stop(const wire::Message& message) {
    if (!preview_ || message.prefix.job != preview_->prefix.job || message.prefix.fence != preview_->prefix.fence)
        return; // it ended by itself meanwhile
    preview_is_over(std::nullopt);
    if (!preview_->streams) // it waited for a job, and has nothing to stop
        finish_preview();
    schedule();
}

// From now on nothing of it leaves, whatever the plugin still gives.
void Loop::preview_is_over(std::optional<Failure> failure) {
    if (!preview_ || preview_->over)
        return;
    preview_->over = true;
    preview_->failure = std::move(failure);
}

void Loop::ask_preview(PreviewStep step) {
    occupied_ = Occupied::preview;
    occupied_until_us_ = after_ms(limits_.call_ms_max + limits_.grace_ms);
    ShowPreview effect{preview_->prefix.job, step, {}, 0};
    if (step == PreviewStep::start)
        effect.asked = preview_->asked;
    if (step == PreviewStep::next)
        effect.timeout_ms = static_cast<std::uint32_t>(limits_.preview_wait_ms);
    if (step == PreviewStep::next && preview_->buffers) {
        preview_->filling = preview_->buffers->take();
        effect.buffer = static_cast<std::size_t>(preview_->filling.buffer.value);
    }
    effects_.push_back(std::move(effect));
}

void Loop::finish_preview() {
    wire::HostFinal final;
    final.failure = preview_->failure;
    final.frames = preview_->frames;
    send(Type::host_preview_over, preview_->prefix, wire::encode(final));
    forget_preview();
}

void Loop::forget_preview() {
    if (preview_ && preview_->buffers)
        release_all(preview_->buffers->unsent());
    preview_.reset();
}

// A pool travels in one message; frames of a job come first.
void Loop::send_pool() {
    if (!preview_ || preview_->over || !preview_->buffers)
        return;
    auto& unsent = preview_->buffers->unsent();
    if (unsent.empty() || unsent.size() > credits())
        return;
    credits() -= unsent.size();
    send(Type::host_buffers, preview_->prefix, wire::encode(preview_->buffers->record()), std::exchange(unsent, {}));
}

// One that is over is stopped before anything else: its person has gone. True: the device is busy with that.
bool Loop::end_preview() {
    if (!preview_ || !preview_->over)
        return false;
    if (preview_->streams) {
        ask_preview(PreviewStep::stop);
        return true;
    }
    finish_preview();
    return false;
}

void Loop::go_on_with_preview() {
    send_pool();
    if (state_ != LoopState::open || occupied_ != Occupied::no || !preview_ || preview_->over)
        return;
    if (!preview_->streams) {
        preview_->streams = true;
        return ask_preview(PreviewStep::start);
    }
    if (now_.mono_us < preview_due_us())
        return;
    preview_->due_us = now_.mono_us + us_per_s / preview_->asked.rate_hz.value;
    ask_preview(PreviewStep::next);
}

// Without room for it none is due: the credit, or the buffer, that comes back is an event of its own.
std::int64_t Loop::preview_due_us() const {
    const bool may =
        state_ == LoopState::open && occupied_ == Occupied::no && preview_ && preview_->streams && !preview_->over;
    if (!may)
        return never_us;
    const bool room = preview_->buffers ? preview_->buffers->ready() : !preview_->with_broker && credits() > 0;
    return room ? preview_->due_us : never_us;
}

// Whether the picture may be seen. The plugin may still have had one of the person before; it goes nowhere.
bool Loop::shows(Previewed& event) {
    Preview& preview = *preview_;
    if (event.pool && preview.buffers) {
        preview.buffers->made(std::move(*std::exchange(event.pool, std::nullopt)));
        if (event.step == PreviewStep::next)
            preview.filling = preview.buffers->moved(preview.filling);
        send_pool();
    }
    const bool fresh = event.view && !preview.over && event.view->exposure_mono_us >= preview.asked.accepted_mono_us;
    if (!preview.buffers)
        return fresh && credits() > 0;
    const bool seen = fresh && preview.buffers->unsent().empty();
    if (seen)
        event.view->at = preview.filling;
    else if (event.step == PreviewStep::next)
        preview.buffers->give_back(preview.filling);
    return seen;
}

void Loop::on(Previewed& event) {
    const bool its = preview_ && event.preview == preview_->prefix.job && occupied_ == Occupied::preview;
    if (its) {
        occupied_ = Occupied::no;
        occupied_until_us_ = never_us;
        if (event.step == PreviewStep::stop)
            preview_->streams = false;
    }
    if (its && shows(event)) {
        ++preview_->frames;
        std::vector<wire::Descriptor> memfd;
        if (!preview_->buffers) {
            --credits();
            preview_->with_broker = true;
            memfd.push_back(std::exchange(event.descriptor, -1));
        }
        send(Type::host_view, preview_->prefix, wire::encode(*event.view), std::move(memfd));
    }
    auto unwanted = descriptors_of(event);
    release_all(unwanted);
    const bool no_picture_yet =
        event.failure && event.step == PreviewStep::next && event.failure->code == Code::timeout;
    if (its && no_picture_yet)
        preview_->due_us = after_ms(limits_.preview_again_ms);
    else if (its && event.failure)
        preview_is_over(std::move(event.failure));
    schedule();
}

} // namespace rekam::host
