// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/host_process.h"

#include "core/wire/codec.h"

#include <algorithm>

namespace rekam::sim {

using model::Code;

namespace {

wire::Failure failure_of(Code code) {
    wire::Failure failure;
    failure.code = code;
    failure.message = "the device says so";
    return failure;
}

/// A signature that says in `losses` for which job it was written.
wire::Readings pen_of(host::CallId job) {
    wire::Readings readings;
    auto& samples = readings.samples.emplace();
    samples.t_us.items.resize(1);
    samples.x_um.items.resize(1);
    samples.y_um.items.resize(1);
    samples.pressure.items.resize(1);
    samples.losses = static_cast<std::int64_t>(job);
    return readings;
}

wire::HostView view_of(std::int64_t bytes, std::int64_t exposed_us) {
    wire::HostView view;
    view.format = "image/jpeg";
    view.width_px = 320;
    view.height_px = 240;
    view.bytes = bytes;
    view.exposure_mono_us = exposed_us;
    view.guide = {"closer"};
    return view;
}

constexpr std::array failures{Code::no_subject,   Code::moved,   Code::feeder_empty, Code::jam,
                              Code::device_error, Code::timeout, Code::cover_open};

} // namespace

HostProcess::HostProcess(World& world, Kernel& kernel, Hardware& hardware, std::string name, std::int64_t station_epoch)
    : Process(world, kernel, std::move(name)), hardware_(hardware), alarm_(world.schedule), epoch_(station_epoch) {}

void HostProcess::started() { step(0, host::Started{"build", static_cast<std::int64_t>(owner())}); }

void HostProcess::received(wire::Message message) {
    if (message.prefix.type == wire::Type::host_run)
        last_run_ = message.prefix;
    if (message.prefix.type == wire::Type::host_preview)
        last_preview_ = message.prefix;
    step(0, host::Received{std::move(message)});
}

void HostProcess::stall(std::int64_t for_us) {
    stalled_until_us_ = std::max(stalled_until_us_, world_.schedule.now_us() + for_us);
}

void HostProcess::step(host::DeviceNo device, host::Event event) {
    if (!alive() || ended_)
        return;
    if (stalled_until_us_ > world_.schedule.now_us()) { // the main thread does not run: everything waits for it
        auto kept = std::make_shared<host::Event>(std::move(event));
        return after(stalled_until_us_ - world_.schedule.now_us() + 1,
                     [this, device, kept] { step(device, std::move(*kept)); });
    }
    for (auto& one : loops_.step(world_.now(), device, std::move(event)))
        std::visit([this, &one](auto& effect) { perform(one.device, effect); }, one.effect);
    if (!ended_)
        alarm_.set(loops_.next_deadline_us(), world_.between(0, 1'500), [this] { step(0, host::Tick{}); });
}

void HostProcess::perform(host::DeviceNo, host::Send& effect) { send(std::move(effect.message)); }
void HostProcess::perform(host::DeviceNo, host::Release& effect) { world_.handles.close(effect.descriptor, owner()); }
void HostProcess::perform(host::DeviceNo, host::Exit& effect) {
    ended_ = true;
    exit(effect.code);
}

void HostProcess::perform(host::DeviceNo no, host::Open& effect) {
    Place& place = places_[no];
    place.no = no;
    place.device = hardware_.find(effect.start.path, effect.start.device);
    if (world_.fault(world_.rates.open_hangs))
        return;
    after(world_.between(500, 60'000), [this, no, device = place.device] {
        if (!device || !device->plugged || world_.fault(world_.rates.open_fails))
            return step(no, host::OpenFailed{failure_of(Code::device_gone)});
        hardware_.open(*device, owner());
        wire::HostReady ready;
        ready.device = Hardware::facts(*device);
        ready.capabilities = Hardware::capabilities(*device);
        ready.health_beside_job = device->health_beside_job;
        ready.evidence = Hardware::evidence(*device);
        ready.extensions = Hardware::extensions(*device);
        step(no, host::Opened{ready});
    });
}

void HostProcess::plan(RunScript& script) {
    auto& random = world_.random;
    const auto& rates = world_.rates;
    script.frames = script.run.function == model::Function::document ? random.between(1, 4) : 1;
    if (script.run.function == model::Function::signature)
        script.frames = random.between(0, 1);
    if (world_.fault(rates.run_fails))
        script.failure = failures[random.below(failures.size())];
    script.hangs = world_.fault(rates.run_hangs);
    script.ignores_interrupt = script.hangs || world_.fault(rates.run_ignores_interrupt);
    script.completes_after_cancel = random.chance(300);
    script.stale = world_.fault(rates.run_stale);
    script.unsealed = world_.fault(rates.run_unsealed);
    if (world_.fault(rates.run_wrong_frames)) {
        script.frames = random.between(0, 7);
        script.extra_fingers = random.between(-2, 2);
    }
}

/// What it was told, beside chance.
void HostProcess::obey(RunScript& script, PhysicalDevice& device) {
    script.mishap = device.mishap;
    script.hangs = script.hangs || device.mishap == Mishap::hangs;
    script.ignores_interrupt = script.ignores_interrupt || device.mishap == Mishap::hangs;
    if (device.mishap < Mishap::jam)
        device.mishap = Mishap::none;
}

void HostProcess::perform(host::DeviceNo no, host::Run& effect) {
    Place& place = places_.at(no);
    for (const auto picture : effect.pictures)
        world_.handles.close(picture, owner());
    if (effect.inside != 0)
        return begin_card(place, effect);
    RunScript script;
    script.call = effect.call;
    script.run = effect.run;
    script.job = "J-" + std::to_string(epoch_) + "-" + std::to_string(effect.call);
    script.began_us = world_.schedule.now_us();
    require(place.device != nullptr, "no_job_on_a_device_whose_tree_is_not_gone", "a job without an open device");
    hardware_.begin_job(*place.device, owner());
    if (!world_.exact)
        plan(script);
    obey(script, *place.device);
    place.run = std::move(script);
    if (effect.run.card)
        return begin_card(place, effect);
    if (!world_.exact)
        go_on(place, effect.call,
              world_.fault(world_.rates.run_slow) ? world_.random.between(500'000, 6'000'000)
                                                  : world_.random.between(2'000, 400'000));
}

void HostProcess::go_on(Place& place, host::CallId call, std::int64_t delay_us) {
    after(delay_us, [this, &place, call] { work(place, call); });
}

/// The device's thread at one of its waking points.
void HostProcess::work(Place& place, host::CallId call) {
    if (!place.run || place.run->call != call || ended_ || place.run->waits_for_taken)
        return;
    RunScript& script = *place.run;
    if (script.run.print)
        return work_print(place);
    if (script.run.card)
        return; // it does what it is told
    if (script.interrupted && !script.ignores_interrupt && !script.completes_after_cancel)
        return end_run(place, Code::cancelled);
    if (script.hangs)
        return;
    if (world_.random.chance(300)) {
        wire::HostProgress progress;
        progress.percent = world_.random.between(0, 100);
        progress.guide = {"hold-still", "a vendor's own words"};
        step(place.no, host::Progressed{call, progress});
    }
    if (!place.run || ended_)
        return;
    if (script.frames_made < script.frames)
        return make_frame(place);
    end_run(place, script.failure);
}

void HostProcess::make_frame(Place& place) {
    RunScript& script = *place.run;
    const auto now_us = world_.schedule.now_us();
    File file;
    file.bytes = world_.random.between(1, 50'000);
    file.sealed = !script.unsealed;
    file.made_for = script.job;
    file.device = place.device->full_id();
    file.person = hardware_.seated;
    file.blurred = script.mishap == Mishap::blurred;
    file.exposed_us = script.stale ? script.run.accepted_mono_us - world_.random.between(1, 5'000'000) : now_us;
    host::Framed framed;
    framed.call = script.call;
    wire::HostFrame& frame = framed.frame;
    frame.format = "image/png";
    frame.width_px = 640;
    frame.height_px = 480;
    frame.bits = 8;
    frame.channels = 3;
    frame.bytes = file.bytes;
    frame.hash = "sha256:" + std::to_string(now_us);
    frame.exposure = {file.exposed_us, model::ExposureBasis::device};
    auto parts = script.run.parts;
    for (auto extra = script.extra_fingers; extra > 0; --extra)
        parts.emplace_back(extra == 1 ? "finger.right-thumb" : "finger.left-thumb");
    for (auto fewer = script.extra_fingers; fewer < 0 && !parts.empty(); ++fewer)
        parts.pop_back();
    for (const auto& part : parts)
        if (script.run.function == model::Function::fingerprint)
            frame.fingers.push_back({part, {}, {}, {}});
    framed.descriptor = world_.handles.create(owner(), std::move(file));
    ++script.frames_made;
    script.waits_for_taken = true;
    step(place.no, std::move(framed));
}

void HostProcess::perform(host::DeviceNo no, host::FrameTaken& effect) {
    Place& place = places_.at(no);
    if (!place.run || place.run->call != effect.call)
        return;
    place.run->waits_for_taken = false;
    go_on(place, effect.call, world_.between(10, 150'000));
}

void HostProcess::perform(host::DeviceNo no, host::Interrupt& effect) {
    Place& place = places_.at(no);
    if (place.check == effect.call) {
        place.check.reset();
        wire::HostHealth health;
        health.failure = failure_of(Code::cancelled);
        after(world_.between(10, 500'000), [this, no, call = effect.call, health] {
            step(no, host::Checked{call, health});
        });
        return;
    }
    if (interrupt_card(place, effect.call) || !place.run || place.run->call != effect.call || interrupt_print(place))
        return;
    place.run->interrupted = true;
    if (!world_.exact && !place.run->ignores_interrupt)
        go_on(place, effect.call, world_.random.between(10, 1'500'000));
}

void HostProcess::end_run(Place& place, std::optional<Code> failure) {
    host::RunEnded ended{place.run->call, {}, {}, {}};
    if (failure)
        ended.failure = failure_of(*failure);
    if (place.run->run.function == model::Function::signature)
        ended.readings = pen_of(place.run->call);
    place.run.reset();
    hardware_.end_job(*place.device, owner());
    step(place.no, std::move(ended));
}

void HostProcess::finish_run(std::optional<Code> failure) {
    for (auto& [no, place] : places_) {
        if (!place.run)
            continue;
        if (!failure)
            make_frame(place);
        if (place.run)
            end_run(place, failure);
    }
}

void HostProcess::perform(host::DeviceNo no, host::Check& effect) {
    Place& place = places_.at(no);
    place.check = effect.call;
    if (world_.fault(world_.rates.run_hangs))
        return;
    after(world_.between(1'000, 700'000), [this, &place, call = effect.call] {
        if (place.check != call)
            return;
        place.check.reset();
        wire::HostHealth health;
        health.state = !world_.fault(400)          ? model::HealthState::ok
                       : world_.random.chance(500) ? model::HealthState::failed
                                                   : model::HealthState::degraded;
        step(place.no, host::Checked{call, health});
    });
}

void HostProcess::perform(host::DeviceNo no, host::Identify&) {
    if (world_.fault(world_.rates.run_hangs))
        return;
    after(world_.between(100, 900'000), [this, no] {
        host::Identified shown;
        if (world_.fault(200))
            shown.said.failure = failure_of(Code::device_error);
        else
            shown.said.means = {"light"};
        step(no, std::move(shown));
    });
}

void HostProcess::perform(host::DeviceNo no, host::ReadCapabilities&) {
    after(world_.between(100, 20'000), [this, no] {
        host::CapabilitiesRead read;
        if (const auto* device = places_.at(no).device)
            read.capabilities = Hardware::capabilities(*device);
        read.caps_rev = 2;
        step(no, std::move(read));
    });
}

void HostProcess::perform(host::DeviceNo no, host::Close&) {
    if (world_.fault(world_.rates.open_hangs))
        return;
    after(world_.between(100, 50'000), [this, no] {
        if (auto* device = places_.at(no).device)
            hardware_.close(*device, owner());
        step(no, host::Closed{});
    });
}

void HostProcess::change(bool devices, bool capabilities) {
    if (!places_.empty())
        step(std::next(places_.begin(), world_.random.below(places_.size()))->first,
             host::Changed{devices, capabilities});
}

void HostProcess::lie() {
    auto& random = world_.random;
    constexpr std::array types{wire::Type::host_ready,      wire::Type::host_frame,        wire::Type::host_final,
                               wire::Type::host_health,     wire::Type::host_changed,      wire::Type::host_progress,
                               wire::Type::gate_taken,      wire::Type::host_preview_over, wire::Type::host_view,
                               wire::Type::host_identified, wire::Type::enum_done};
    wire::Message message;
    const auto type = types[random.below(types.size())];
    const bool shows = type == wire::Type::host_view || type == wire::Type::host_preview_over;
    message.prefix = shows ? last_preview_ : last_run_;
    message.prefix.type = type;
    if (random.chance(400))
        message.prefix.job += random.below(3);
    if (random.chance(400))
        message.prefix.fence -= random.below(2);
    if (message.prefix.type == wire::Type::host_frame) {
        File file;
        file.bytes = random.between(1, 1'000);
        file.sealed = random.chance(700);
        file.honest = false;
        wire::HostFrame frame;
        frame.format = "image/png";
        frame.bytes = random.chance(800) ? file.bytes : file.bytes + 1;
        frame.exposure.mono_us = world_.schedule.now_us() - random.between(-10'000, 3'000'000);
        message.json = wire::encode(frame);
        message.descriptors.push_back(world_.handles.create(owner(), std::move(file)));
    } else if (message.prefix.type == wire::Type::host_view) {
        message.json = wire::encode(view_of(1, world_.schedule.now_us() - random.between(-10'000, 3'000'000)));
        File file;
        file.bytes = 1;
        file.honest = false;
        message.descriptors.push_back(world_.handles.create(owner(), std::move(file)));
    } else if (random.chance(700)) {
        wire::HostFinal final;
        final.frames = random.between(0, 2);
        if (random.chance(300))
            final.readings = pen_of(0);
        message.json = wire::encode(final);
    } else {
        message.json = random.chance(500) ? "{" : "{}";
    }
    for (auto& [no, place] : places_) // what it says of its buffers may be wrong from now on
        for (const auto& content : place.buffers)
            content->honest = false;
    hides_previews_ = hides_previews_ || type == wire::Type::host_preview_over;
    if (type == wire::Type::host_final || hides_previews_) // it is believed that its plugin does not work any more
        hardware_.end_jobs(owner());
    world_.say(name(), "lies");
    send(std::move(message));
}

} // namespace rekam::sim
