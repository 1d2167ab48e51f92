// SPDX-License-Identifier: Apache-2.0
// The steps of a preview, as a plugin lives them: it starts, shows, hangs, fails, and has pictures of earlier people.
#include "tests/sim/host_process.h"

#include <algorithm>

namespace rekam::sim {

using model::Code;

namespace {

wire::Failure failure_of(Code code) {
    wire::Failure failure;
    failure.code = code;
    failure.message = "the camera says so";
    return failure;
}

constexpr std::int64_t buffer_bytes = 4'000;

} // namespace

host::PoolMade HostProcess::make_pool(Place& place, std::size_t count) {
    host::PoolMade pool{buffer_bytes, {}};
    place.buffers.clear();
    for (std::size_t i = 0; i < count; ++i) {
        File file;
        file.bytes = buffer_bytes;
        file.content = place.buffers.emplace_back(std::make_shared<Content>());
        pool.descriptors.push_back(world_.handles.create(owner(), std::move(file)));
    }
    return pool;
}

void HostProcess::write_picture(Place& place, std::size_t buffer, const wire::HostView& view) {
    Content& content = *place.buffers.at(buffer);
    content.number = ++last_picture_;
    content.made_for = place.preview;
    content.device = place.device->full_id();
    content.exposed_us = view.exposure_mono_us;
}

host::Previewed HostProcess::preview_step(Place& place, const host::ShowPreview& effect) {
    host::Previewed done{effect.preview, effect.step};
    if (effect.step == host::PreviewStep::stop)
        return done;
    if (world_.fault(world_.rates.run_fails) && world_.random.chance(150))
        done.failure = failure_of(Code::device_error);
    if (effect.step == host::PreviewStep::start && !done.failure && effect.asked.buffers)
        done.pool = make_pool(place, static_cast<std::size_t>(effect.asked.buffers->value));
    if (effect.step == host::PreviewStep::start || done.failure)
        return done;
    if (world_.random.chance(100)) {
        done.failure = failure_of(Code::timeout); // no picture yet
        return done;
    }
    const bool stale = world_.fault(world_.rates.run_stale);
    File file;
    file.bytes = world_.random.between(1, 20'000);
    file.sealed = !world_.fault(world_.rates.run_unsealed / 4);
    file.made_for = place.preview;
    file.device = place.device->full_id();
    file.exposed_us = stale ? place.preview_since_us - world_.random.between(1, 2'000'000) : world_.schedule.now_us();
    wire::HostView view;
    view.format = "image/jpeg";
    view.width_px = 320;
    view.height_px = 240;
    view.bytes = file.bytes;
    view.exposure_mono_us = file.exposed_us;
    view.guide = {"closer", "a vendor's own words"};
    if (place.buffers.empty()) {
        done.descriptor = world_.handles.create(owner(), std::move(file));
    } else {
        if (world_.random.chance(20)) // one that did not fit
            done.pool = make_pool(place, place.buffers.size());
        view.bytes = std::min(file.bytes, buffer_bytes);
        write_picture(place, effect.buffer, view);
    }
    done.view = std::move(view);
    return done;
}

void HostProcess::perform(host::DeviceNo no, host::ShowPreview& effect) {
    Place& place = places_.at(no);
    require(place.device != nullptr && !place.run, "the_device_does_one_thing_at_a_time",
            "a step of a preview beside a job");
    if (!hides_previews_)
        hardware_.begin_job(*place.device, owner()); // its thread is in the plugin, as in a job
    if (effect.step == host::PreviewStep::start) {
        place.preview = "P-" + std::to_string(epoch_) + "-" + std::to_string(effect.preview);
        place.preview_since_us = effect.asked.accepted_mono_us;
        place.buffers.clear();
    }
    if (effect.step == host::PreviewStep::next && !place.buffers.empty())
        place.buffers.at(effect.buffer)->number = 0; // from now on the plugin writes there
    if (world_.fault(world_.rates.run_hangs / 8))
        return;
    after(world_.between(500, 120'000), [this, no, effect] {
        Place& showing = places_.at(no);
        hardware_.end_job(*showing.device, owner());
        step(no, preview_step(showing, effect));
    });
}

} // namespace rekam::sim
