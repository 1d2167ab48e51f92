// SPDX-License-Identifier: Apache-2.0
// How rekamd's children live and die.
#include "tests/sim/station.h"

#include <algorithm>

namespace rekam::sim {

using broker::ChildKind;

void Station::perform(broker::Spawn& effect) {
    Child& child = children_[effect.child];
    child.id = effect.child;
    child.kind = effect.kind;
    if (effect.kind == ChildKind::gate)
        child.process = std::make_unique<GateProcess>(world_, *this, far_);
    else if (effect.kind == ChildKind::host)
        child.process = std::make_unique<HostProcess>(world_, *this, hardware_, effect.name, state().station_epoch);
    else
        child.process = std::make_unique<EnumeratorProcess>(world_, *this, hardware_, effect.name);
    later(world_.between(300, 30'000), [this, id = effect.child] {
        if (Child* one = find(id))
            exec(*one);
    });
}

void Station::exec(Child& child) {
    const auto id = child.id;
    if (child.killed || world_.fault(world_.rates.spawn_fails)) {
        child.process->mark_dead();
        const bool killed = child.killed;
        children_.erase(id);
        if (!killed)
            return step(broker::ChildSpawnFailed{id, "fork: no memory"});
        step(broker::ChildExited{id, 0, 9, ""}); // killed between fork and exec
        return step(broker::ChildGone{id, false});
    }
    child.started = true;
    step(broker::ChildStarted{id, static_cast<std::int64_t>(child.process->owner())});
    if (Child* still = find(id))
        still->process->started();
}

void Station::perform(broker::Kill& effect) {
    Child* child = find(effect.child);
    if (!child || child->killed)
        return;
    child->killed = true;
    if (!child->started)
        return;
    if (child->unkillable) {
        const auto limit_us = state().stopping != broker::Stopping::no ? kill_limit_stopping_us : kill_limit_us;
        return later(limit_us, [this, id = effect.child] {
            if (Child* one = find(id); one && !one->exited)
                gone(*one, true);
        });
    }
    later(world_.between(30, 3'000), [this, id = effect.child] {
        if (Child* one = find(id))
            die(*one, 0, 9);
    });
}

void Station::exits(Process& process, int code, int signal) {
    Child* child = find(process);
    if (!child || !process.alive())
        return;
    later(std::max<std::int64_t>(0, child->out_us - world_.schedule.now_us()), [this, id = child->id, code, signal] {
        if (Child* one = find(id))
            die(*one, code, signal);
    });
}

/// Everything that it had sent arrives first; then its end is seen; then that of what descends from it.
void Station::die(Child& child, int code, int signal) {
    if (!child.process->alive())
        return;
    child.process->mark_dead();
    child.process->died();
    close_inbox(child);
    world_.handles.close_all(child.process->owner());
    hardware_.end_jobs(child.process->owner());
    const auto wait_us = std::max<std::int64_t>(0, child.out_us - world_.schedule.now_us()) + world_.delay_us();
    later(wait_us, [this, id = child.id, code, signal] {
        Child* one = find(id);
        one->exited = true;
        const bool stuck = one->kind == ChildKind::host && world_.fault(world_.rates.child_stuck / 2);
        const auto limit_us = stopping() ? kill_limit_stopping_us : kill_limit_us;
        const auto tree_us = stuck ? limit_us : world_.exact ? 10 : world_.random.chance(100) ? 90'000 : 500;
        later(tree_us, [this, id, stuck] { gone(*find(id), stuck); });
        step(broker::ChildExited{id, code, signal, "last words"});
    });
}

void Station::gone(Child& child, bool stuck) {
    const auto id = child.id;
    if (stuck) { // it may end one day
        child.abandoned = true;
        hardware_.end_jobs(child.process->owner());
        later(world_.random.between(1, 40) * us_per_s, [this, id] {
            Child* one = find(id);
            if (!one)
                return;
            one->unkillable = false;
            if (one->exited)
                gone(*one, false);
            else
                die(*one, 0, 9);
        });
        return step(broker::ChildGone{id, true});
    }
    hardware_.release(child.process->owner());
    children_.erase(id);
    step(broker::ChildGone{id, false});
}

void Station::perform(broker::Log& effect) {
    if (effect.level != broker::Level::debug)
        world_.say("log", effect.subject + ": " + effect.message);
}

void Station::perform(broker::Exit&) {
    for (const auto& [id, child] : children_)
        require(!child.started || child.unkillable || !child.process->alive(), "exit_leaves_no_child",
                child.process->name() + " still runs");
    require(world_.schedule.now_us() - stop_us_ <= stop_limit_us_, "sigterm_ends_within_3_s", "it took longer");
    world_.say("rekamd", "exits");
    disk_.flush();
    end_of_life();
}

bool Station::all_awake() const {
    return std::ranges::all_of(children_, [&](const auto& entry) {
        const Child& child = entry.second;
        return child.abandoned || (!child.unkillable && child.stalled_us <= world_.schedule.now_us());
    });
}

GateProcess* Station::gate() {
    for (auto& [id, child] : children_)
        if (child.kind == ChildKind::gate && child.process->alive() && child.started && !child.abandoned)
            if (auto* one = static_cast<GateProcess*>(child.process.get()); one->is_open())
                return one;
    return nullptr;
}

std::vector<HostProcess*> Station::hosts() {
    std::vector<HostProcess*> all;
    for (auto* child : living(ChildKind::host))
        all.push_back(static_cast<HostProcess*>(child->process.get()));
    return all;
}

std::vector<Station::Child*> Station::living(std::optional<ChildKind> kind) {
    std::vector<Child*> all;
    for (auto& [id, child] : children_)
        if (child.started && child.process->alive() && !child.unkillable && (!kind || child.kind == *kind))
            all.push_back(&child);
    return all;
}

void Station::crash_child(std::optional<ChildKind> kind) {
    const auto all = living(kind);
    if (all.empty())
        return;
    Child& child = *all[world_.random.below(all.size())];
    world_.say(child.process->name(), "crashes");
    die(child, 0, 11);
}

void Station::make_stuck() {
    const auto all = living(world_.random.chance(800) ? std::optional(ChildKind::host) : std::nullopt);
    if (all.empty())
        return;
    Child& child = *all[world_.random.below(all.size())];
    world_.say(child.process->name(), "hangs in the kernel");
    child.unkillable = true;
    if (child.kind == ChildKind::host)
        static_cast<HostProcess*>(child.process.get())->stall(3'600 * us_per_s);
    if (child.kind == ChildKind::gate)
        static_cast<GateProcess*>(child.process.get())->stall(3'600 * us_per_s);
}

void Station::stall_child() {
    const auto all = living(world_.random.chance(700) ? ChildKind::host : ChildKind::gate);
    if (all.empty())
        return;
    Child& child = *all[world_.random.below(all.size())];
    const auto for_us = world_.random.between(10'000, 9'000'000);
    world_.say(child.process->name(), "stands still");
    child.stalled_us = std::max(child.stalled_us, world_.schedule.now_us() + for_us);
    if (child.kind == ChildKind::host)
        static_cast<HostProcess*>(child.process.get())->stall(for_us);
    else
        static_cast<GateProcess*>(child.process.get())->stall(for_us);
}

void Station::lie() {
    const auto all = living(world_.random.chance(800) ? ChildKind::host : ChildKind::gate);
    if (all.empty())
        return;
    Child& child = *all[world_.random.below(all.size())];
    if (child.kind == ChildKind::host)
        static_cast<HostProcess*>(child.process.get())->lie();
    else
        static_cast<GateProcess*>(child.process.get())->lie();
}

} // namespace rekam::sim
