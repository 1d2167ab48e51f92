// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/station.h"

#include "tests/sim/describe.h"

#include <algorithm>

namespace rekam::sim {

Station::Station(World& world, Hardware& hardware, Truth& truth, Far& far)
    : world_(world), hardware_(hardware), truth_(truth), far_(far),
      disk_(world, [this](broker::Event event) { step(std::move(event)); }), alarm_(world.schedule),
      config_(make_config(0)) {}

Station::~Station() = default;

void Station::start() {
    broker_ = std::make_unique<broker::Broker>();
    ++life_;
    truth_.station_started([this](const std::string& key) { return disk_.body("job", key); });
    checker_.station_started();
    stop_us_ = 0;
    broker::Restored restored;
    restored.station_id = "ST-1";
    restored.boot = "boot-1";
    restored.build = "build";
    restored.station_epoch = disk_.next_epoch();
    restored.config = config_;
    restored.records = disk_.records();
    step(std::move(restored));
    if (running())
        truth_.station_restored(state());
    step(broker::HotplugWatch{true, {}});
}

void Station::end_of_life() {
    ++life_;
    broker_.reset();
    alarm_.set(never_us, 0, nullptr);
    for (auto& [id, child] : children_) { // systemd ends whatever is left in the unit
        close_inbox(child);
        child.process->mark_dead();
        child.process->died();
        world_.handles.close_all(child.process->owner());
        hardware_.release(child.process->owner());
    }
    children_.clear();
    world_.handles.close_all(rekamd);
}

void Station::crash() {
    if (!running())
        return;
    world_.say("rekamd", "crashes");
    disk_.crash();
    end_of_life();
}

void Station::stop() {
    if (!running() || stopping())
        return;
    stop_us_ = world_.schedule.now_us();
    const bool card = std::ranges::any_of(state().jobs, [](const auto& entry) {
        return entry.second.print && entry.second.phase != model::JobPhase::recording;
    });
    stop_limit_us_ = 3 * us_per_s + (card ? 2 * config_.supervision.print_ms_max * us_per_ms : 0);
    step(broker::Stop{});
    if (!running())
        return; // there was nothing to wait for
    later(stop_limit_us_, [this] {
        throw Violation("sigterm_ends_within_3_s",
                        "rekamd still runs, phase " + std::to_string(static_cast<int>(state().stopping)));
    });
}

void Station::configure(broker::Config config) {
    config_ = std::move(config);
    if (running())
        step(broker::ConfigLoaded{config_});
}

void Station::step(broker::Event event) {
    if (!running())
        return;
    world_.say("rekamd", describe(event));
    const Now now = world_.now();
    broker::Effects effects;
    try {
        effects = broker_->step(now, std::move(event));
    } catch (const std::exception& error) {
        throw Violation("no_exception_leaves_the_core", error.what());
    }
    const auto life = life_;
    for (auto& effect : effects)
        if (life == life_)
            std::visit([this](auto& one) { perform(one); }, effect);
    if (life != life_)
        return;
    truth_.observe(state());
    checker_.check(state(), now, world_.handles.of(rekamd));
    journal_checker_.check(state(), world_.schedule.now_us());
    require(broker_->next_deadline_us() > now.mono_us, "no_timer_is_left_due", "the broker leaves a timer behind");
    alarm_.set(broker_->next_deadline_us(), world_.between(0, 2'000), [this] { step(broker::Tick{}); });
}

Station::Child* Station::find(broker::ChildId id) {
    const auto found = children_.find(id);
    return found == children_.end() ? nullptr : &found->second;
}

Station::Child* Station::find(const Process& process) {
    const auto found =
        std::ranges::find_if(children_, [&](const auto& entry) { return entry.second.process.get() == &process; });
    return found == children_.end() ? nullptr : &found->second;
}

void Station::close_inbox(Child& child) {
    for (const auto& message : child.inbox)
        close_in_flight(message);
    child.inbox.clear();
}

void Station::close_in_flight(const wire::Message& message) {
    for (const auto descriptor : message.descriptors)
        world_.handles.close(descriptor, in_flight);
}

/// The port of a device: never while a job, a card perhaps, is in it, nor while its process works: a stuck one has
/// ended, or was given up. Sometimes the kernel never comes back.
void Station::perform(const broker::ResetPort& effect) {
    const auto known = state().devices.find(effect.device);
    if (known == state().devices.end())
        return; // it was forgotten in the same step
    const auto& device = known->second;
    const Child* host = find(device.host);
    require(device.running == 0 && (!host || host->abandoned || host->exited), "no_reset_under_a_job", device.id);
    if (world_.fault(200))
        return;
    later(world_.between(1'000, 3'000'000), [this, no = effect.device, fails = world_.fault(300)] {
        step(broker::PortReset{no, fails ? std::optional<std::string>("the hub says no") : std::nullopt});
    });
}

/// The look at the machine, which the kernel does not always end.
void Station::perform(const broker::Probe& effect) {
    if (world_.fault(200))
        return;
    broker::Probed probed;
    probed.number = effect.number;
    probed.connected = world_.random.chance(700);
    if (world_.random.chance(300))
        probed.holders.push_back({world_.random.between(2, 90), "other"});
    later(world_.between(500, 6'000'000), [this, probed] { step(probed); });
}

/// A process is asked to end only when nothing works in it any more, but at the station's own end.
void Station::check_stop(const broker::Send& effect) const {
    const auto child = state().children.find(effect.child);
    if (effect.message.prefix.request != 0 || stopping() || child == state().children.end())
        return;
    for (const auto no : child->second.devices)
        require(state().devices.at(no).running == 0, "no_process_is_ended_under_a_job", state().devices.at(no).id);
}

void Station::check_sent(const broker::Send& effect) const {
    const auto type = effect.message.prefix.type;
    if (type == wire::Type::host_stop)
        return check_stop(effect);
    if (type == wire::Type::gate_progress && !effect.message.descriptors.empty())
        return truth_.picture_sent(state(), effect.message,
                                   world_.handles.file(effect.message.descriptors.front(), rekamd));
    if (type == wire::Type::gate_progress && (effect.message.prefix.flags & wire::flag_buffer) != 0) {
        File unseen; // the broker cannot know what lies in a buffer; who looks does
        unseen.honest = false;
        return truth_.picture_sent(state(), effect.message, unseen);
    }
    if (type != wire::Type::host_run && type != wire::Type::host_go)
        return;
    const auto job = state().jobs.find(effect.message.prefix.job);
    if (type == wire::Type::host_go)
        return truth_.go_sent(
            state(), effect.message,
            job == state().jobs.end() ? "" : disk_.body("job", job->second.principal + "\n" + job->second.record.idem));
    const bool durable =
        job != state().jobs.end() && disk_.holds("job", job->second.principal + "\n" + job->second.record.idem);
    truth_.run_sent(state(), effect.message, effect.child, durable);
}

void Station::perform(broker::Send& effect) {
    check_sent(effect);
    Child* child = find(effect.child);
    if (!child || !child->process->alive() || child->muted || !child->started) // before its start it has no channel
        return;
    if (child->in_queue >= channel_messages) {
        child->muted = true;
        return later(0, [this, id = effect.child] { step(broker::ChannelBroken{id, "its queue is full"}); });
    }
    for (auto& descriptor : effect.message.descriptors)
        descriptor = world_.handles.duplicate(descriptor, rekamd, in_flight);
    ++child->in_queue;
    auto kept = std::make_shared<wire::Message>(std::move(effect.message));
    child->in_us = std::max(child->in_us, world_.schedule.now_us() + world_.delay_us());
    world_.schedule.at(child->in_us, [this, life = life_, id = effect.child, kept] {
        if (life == life_)
            deliver(id, std::move(*kept));
        else
            close_in_flight(*kept);
        return true;
    });
}

void Station::deliver(broker::ChildId id, wire::Message message) {
    Child* child = find(id);
    if (!child || !child->process->alive())
        return close_in_flight(message);
    child->inbox.push_back(std::move(message));
    read_inbox(id);
}

/// A process that stands still does not read: its queue grows.
void Station::read_inbox(broker::ChildId id) {
    Child* child = find(id);
    if (!child || child->inbox.empty() || !child->process->alive())
        return;
    if (const auto wait_us = child->stalled_us - world_.schedule.now_us(); wait_us > 0)
        return later(wait_us, [this, id] { read_inbox(id); });
    wire::Message message = std::move(child->inbox.front());
    child->inbox.pop_front();
    --child->in_queue;
    for (const auto descriptor : message.descriptors)
        world_.handles.move(descriptor, in_flight, child->process->owner());
    child->process->received(std::move(message));
    read_inbox(id);
}

void Station::sent(Process& process, wire::Message message) {
    Child* child = find(process);
    for (const auto descriptor : message.descriptors)
        world_.handles.move(descriptor, process.owner(), in_flight);
    if (!child || !process.alive())
        return close_in_flight(message);
    if (child->out_queue >= channel_messages) {
        close_in_flight(message);
        return exits(process, 71, 0);
    }
    ++child->out_queue;
    child->out_us = std::max(child->out_us, world_.schedule.now_us() + world_.delay_us());
    auto kept = std::make_shared<wire::Message>(std::move(message));
    world_.schedule.at(child->out_us, [this, life = life_, id = child->id, kept] {
        if (life == life_)
            heard(id, std::move(*kept));
        else
            close_in_flight(*kept);
        return true;
    });
}

void Station::heard(broker::ChildId id, wire::Message message) {
    Child* child = find(id);
    if (child)
        --child->out_queue;
    if (!child || child->muted)
        return close_in_flight(message);
    broker::ChildMessage event;
    event.child = id;
    for (const auto descriptor : message.descriptors) {
        const File& file = world_.handles.file(descriptor, in_flight);
        const bool as_wanted = (file.content != nullptr) == (message.prefix.type == wire::Type::host_buffers);
        event.sealed_bytes.push_back(file.sealed && as_wanted ? file.bytes : -1);
        world_.handles.move(descriptor, in_flight, rekamd);
    }
    event.message = std::move(message);
    ++nonce_;
    for (std::size_t i = 0; i < event.nonce.size(); ++i)
        event.nonce[i] = static_cast<std::uint8_t>((i < 8 ? nonce_ : nonce_ * 0x9e3779b97f4a7c15U) >> (8 * (i % 8)));
    step(std::move(event));
}

} // namespace rekam::sim
