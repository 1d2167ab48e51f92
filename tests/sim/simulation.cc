// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/simulation.h"

#include "core/broker/store_state.h"

#include <algorithm>
#include <map>

namespace rekam::sim {

Simulation::Simulation(std::uint64_t seed, std::int64_t steps, bool print)
    : world_(seed, print), hardware_(world_), truth_(world_, hardware_), clients_(world_, truth_),
      station_(world_, hardware_, truth_, clients_), wanted_(steps) {
    clients_.connect(station_);
    if (seed % 3 == 0) // not by chance: the other seeds stay the runs that they were
        hardware_.share("id.alpha");
}

/// Each kind of fault is on in half of the runs.
void Simulation::draw_rates() {
    auto& random = world_.random;
    Rates& rates = world_.rates;
    const auto draw = [&](std::int64_t most) { return random.chance(500) ? random.between(1, most) : 0; };
    for (auto* rate :
         {&rates.open_fails, &rates.open_hangs, &rates.spawn_fails, &rates.list_fails, &rates.list_changes})
        *rate = draw(80);
    for (auto* rate : {&rates.run_fails, &rates.run_hangs, &rates.run_ignores_interrupt, &rates.run_wrong_frames,
                       &rates.run_stale, &rates.run_unsealed, &rates.run_slow})
        *rate = draw(150);
    for (auto* rate : {&rates.child_crashes, &rates.child_stuck, &rates.child_stalls, &rates.child_lies,
                       &rates.gate_crashes, &rates.capabilities_change})
        *rate = draw(60);
    for (auto* rate : {&rates.station_crashes, &rates.station_stops, &rates.suspends, &rates.wall_jumps})
        *rate = draw(12);
    rates.reloads = draw(40);
    rates.power_fails = draw(60);
    rates.disk_slow = draw(60);
    rates.disk_fails = draw(20);
    rates.disk_fills = draw(20);
    rates.channel_slow = draw(60);
    rates.client_vanishes = draw(20);
    rates.client_pauses = draw(20);
    rates.client_errs = draw(150);
    rates.client_mends = draw(60);
}

void Simulation::one_step() {
    while (!world_.schedule.empty())
        if (world_.schedule.take()()) {
            ++steps_;
            return;
        }
}

void Simulation::live() {
    for (auto count = world_.random.between(2, 5); count > 0; --count)
        clients_.add(world_.random.chance(250));
    station_.start();
    clients_.start();
    disturb();
    while (steps_ < wanted_)
        one_step();
}

Outcome Simulation::run() {
    Outcome outcome;
    try {
        draw_rates();
        live();
        drain();
        probe("after the faults");
        stop_and_start();
        probe("after a restart");
    } catch (const Violation& violation) {
        outcome.failure = Failure{violation.invariant(), violation.what(), steps_, world_.trace.last()};
    }
    outcome.steps = steps_;
    outcome.hash = world_.trace.hash();
    outcome.jobs = truth_.jobs();
    outcome.done = truth_.done();
    return outcome;
}

/// What is missing at the limit need not be what it was waited for: the violation names what was missing longest too.
void Simulation::run_until(std::int64_t most_us, std::string_view invariant,
                           const std::function<std::string()>& missing) {
    const auto limit_us = world_.schedule.now_us() + most_us;
    std::map<std::string, std::int64_t> lasted_us;
    std::string what = missing();
    while (!what.empty()) {
        if (world_.schedule.empty() || world_.schedule.next_us() > limit_us) {
            const auto longest = std::ranges::max_element(lasted_us, {}, [](const auto& one) { return one.second; });
            const bool same = longest == lasted_us.end() || longest->first == what;
            throw Violation(invariant, same ? what : what + "; before that, longest: " + longest->first);
        }
        const auto before_us = world_.schedule.now_us();
        one_step();
        clients_.forget_dead_gates();
        lasted_us[what] += world_.schedule.now_us() - before_us;
        what = missing();
    }
}

/// Faults off: everything that was begun comes to its end.
void Simulation::drain() {
    world_.faults = false;
    hardware_.mend();
    clients_.rest();
    world_.say("world", "no more faults");
    if (station_.stopping()) // let it end
        run_until(station_.stop_limit_us() + 2 * us_per_s, "sigterm_ends_within_3_s",
                  [&] { return station_.running() ? "rekamd still runs" : ""; });
    if (!station_.running())
        station_.start();
    station_.configure(make_config(0));
    station_.power(false, 100);
    run_until(120 * us_per_s, "everything_comes_to_its_end", [&]() -> std::string {
        const auto& state = station_.state();
        if (!state.jobs.empty())
            return state.jobs.begin()->second.record.job + " does not end";
        if (!state.leases.empty())
            return "lease " + std::to_string(state.leases.begin()->first) + " does not end";
        const GateProcess* gate = station_.gate();
        if (!gate)
            return "there is no gate";
        for (const auto& client : clients_.all())
            if (const auto owed = client->owed(); !owed.empty())
                return client->name() + " gets no answer to " + owed.front()->op + " " + owed.front()->id;
        return gate->table().requests().size() != 0 ? "the gate has open requests" : "";
    });
}

bool Simulation::usable(const std::string& name) const {
    const auto& state = station_.state();
    const auto slot = state.slots.find(name);
    const auto device = slot == state.slots.end() ? state.devices.end() : state.devices.find(slot->second.device);
    if (device == state.devices.end())
        return false;
    const auto& plugin = state.plugins.at(device->second.plugin);
    if (plugin.single() && plugin.enumerator != 0 && // it hangs in the kernel, and nothing else may run beside it
        state.children.at(plugin.enumerator).state == model::ChildState::stuck)
        return false;
    return !device->second.failing &&
           (device->second.state == model::DeviceState::ready || device->second.state == model::DeviceState::degraded);
}

/// Waits for what needs no person, then takes a picture on every slot.
void Simulation::probe(const char* when) {
    run_until(180 * us_per_s, "every_slot_becomes_usable_again", [&]() -> std::string {
        if (!station_.gate() || !station_.all_awake())
            return "there is no gate, or a process stands still";
        const auto& state = station_.state();
        if (world_.schedule.now_us() < station_.disk().mended_us() || broker::is_on_reserve(state.store))
            return "the disk still fails, or the station has not seen yet that there is room again";
        bool lost_plugin = false; // only a person, or a later death, can mend that
        for (const auto& [no, plugin] : state.plugins) {
            const auto lister = state.children.find(plugin.enumerator);
            const bool lists = lister != state.children.end();
            if (lists && lister->second.state != model::ChildState::stuck)
                return plugin.id() + " is still listing";
            lost_plugin = lost_plugin || lists || plugin.state == model::PluginState::quarantined;
        }
        if (lost_plugin)
            return "";
        for (const auto& [no, device] : state.devices)
            if (device.check) // whoever asked for it may wait for a minute
                return device.id + " is still checking itself";
        for (const auto& [name, slot] : state.slots) {
            const auto device = state.devices.find(slot.device);
            const bool lost =
                device != state.devices.end() && (device->second.state == model::DeviceState::quarantined ||
                                                  device->second.state == model::DeviceState::stuck);
            if (!lost && !usable(name))
                return std::string(when) + " slot " + name + " stays unusable" +
                       (device == state.devices.end()
                            ? ", unbound: " + slot.why_unbound
                            : ": " + device->second.id + " is " + std::string(model::name(device->second.state)));
        }
        return "";
    });
    use_every_slot(clients_.add(false), when);
}

void Simulation::use_slot(Client& client, const std::string& name) {
    const auto lease = client.leases().back();
    if (name == "printer")
        return client.start("print.start", lease, name, R"({"slot":"printer","front":{"part":0,"format":"image/png"}})",
                            20'000);
    if (name == "encoder")
        return client.start("card.open", lease, name, R"({"slot":"encoder","intent":"write"})", 20'000);
    const auto subject = name == "scan"     ? "document.page"
                         : name == "finger" ? "finger.left-thumb"
                         : name == "sign"   ? "signature"
                                            : "face";
    client.capture(lease, name, R"({"slot":")" + name + R"(","subject":")" + subject + "\"}", 20'000, false);
}

constexpr std::size_t pictures_enough = 9; // more than a pool has buffers: they come back

/// A preview that goes on, and its stop.
void Simulation::look_through(Client& client, const std::string& name, const char* when) {
    const auto shows = [&] {
        return usable(name) && station_.state().devices.at(station_.state().slots.at(name).device).can_preview;
    };
    if (!shows())
        return;
    const auto seen = client.pictures();
    client.preview(client.leases().back(), name, 0);
    run_until(30 * us_per_s, "every_slot_becomes_usable_again", [&] {
        return client.pictures() >= seen + pictures_enough || !shows()
                   ? ""
                   : std::string(when) + " " + name + " shows no preview";
    });
    client.stop_previews();
}

void Simulation::use_every_slot(Client& client, const char* when) {
    const auto answered = [&] { return client.at_rest() ? std::string() : std::string(when) + " no answer comes"; };
    const auto wait = [&] { run_until(30 * us_per_s, "every_slot_becomes_usable_again", answered); };
    const std::string about = std::string(when) + " ";
    client.hello(false);
    wait();
    client.end_drain();
    wait();
    client.open_case();
    wait();
    require(!client.cases().empty(), "every_slot_becomes_usable_again", about + "no case can be opened");
    for (const auto& [name, held] : std::map(station_.state().holds)) {
        client.put_in_service(name);
        wait();
    }
    require(station_.state().holds.empty(), "every_slot_becomes_usable_again", about + "a slot cannot be released");
    std::vector<std::string> slots;
    for (const auto& [name, slot] : station_.state().slots)
        if (usable(name))
            slots.push_back(name);
    for (const auto& name : slots) {
        client.acquire({name}, client.cases().front(), 60'000, 5'000);
        wait();
        require(!client.leases().empty(), "every_slot_becomes_usable_again", about + name + " cannot be leased");
        look_through(client, name, when);
        wait();
        use_slot(client, name);
        wait();
        require(client.last_outcome() == "done" || !usable(name), // it may only now turn out to hang in the kernel
                "every_slot_becomes_usable_again", about + "a job on " + name + " ends in " + client.last_outcome());
        client.close_cards();
        client.release_frames();
        wait();
    }
    client.close_case(std::string(client.cases().front()));
    wait();
    require(station_.state().leases.empty(), "every_slot_becomes_usable_again", about + "a closed case keeps a lease");
}

void Simulation::stop_and_start() {
    station_.stop();
    run_until(station_.stop_limit_us() + us_per_s, "sigterm_ends_within_3_s",
              [&] { return station_.running() ? "rekamd still runs" : ""; });
    for (auto& client : clients_.all())
        client->reconnect();
    run_until(us_per_s, "descriptors_closed_exactly_once", [&] {
        return world_.handles.size() == 0 ? std::string()
                                          : std::to_string(world_.handles.size()) + " descriptors outlive everything";
    });
    station_.start();
}

} // namespace rekam::sim
