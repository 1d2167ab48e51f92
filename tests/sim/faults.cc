// SPDX-License-Identifier: Apache-2.0
// What goes wrong around the station, a few times in every virtual second.
#include "tests/sim/simulation.h"

namespace rekam::sim {

void Simulation::disturb() {
    world_.schedule.after(world_.random.between(20'000, 400'000), [this] {
        if (!world_.faults)
            return false;
        if (station_.running())
            disturb_station();
        disturb_hardware();
        disturb();
        return true;
    });
}

void Simulation::disturb_station() {
    const Rates& rates = world_.rates;
    const auto start_later = [this] {
        world_.schedule.after(world_.random.between(100'000, 4'000'000), [this] {
            if (station_.running())
                return false;
            station_.start();
            return true;
        });
    };
    if (world_.fault(rates.child_crashes))
        station_.crash_child(std::nullopt);
    if (world_.fault(rates.gate_crashes))
        station_.crash_child(broker::ChildKind::gate);
    if (world_.fault(rates.child_stuck))
        station_.make_stuck();
    if (world_.fault(rates.child_stalls))
        station_.stall_child();
    if (world_.fault(rates.child_lies))
        station_.lie();
    if (world_.fault(rates.reloads))
        station_.configure(make_config(static_cast<int>(world_.random.below(config_variants))));
    if (world_.fault(rates.reloads))
        station_.refuse_configuration();
    if (world_.fault(rates.suspends)) {
        world_.suspended_us += world_.random.between(100'000, 60'000'000);
        world_.say("world", "wakes from suspend");
        station_.wake();
    }
    if (world_.fault(rates.power_fails))
        station_.power(world_.random.chance(400), world_.random.between(0, 100));
    if (world_.fault(rates.wall_jumps))
        world_.wall_us += world_.random.chance(700) ? world_.random.between(-86'400, 86'400) * us_per_s
                                                    : world_.random.between(-10, 10) * 365 * 86'400 * us_per_s;
    if (world_.fault(rates.station_stops)) {
        station_.stop();
        world_.schedule.after(3'500'000, [start_later] {
            start_later();
            return false;
        });
    }
    if (world_.fault(rates.station_crashes)) {
        station_.crash();
        start_later();
    }
}

void Simulation::disturb_hardware() {
    const Rates& rates = world_.rates;
    auto& devices = hardware_.devices();
    if (world_.fault(rates.list_changes)) {
        auto& device = world_.random.pick(devices);
        device.plugged = !device.plugged;
        world_.say(device.full_id(), device.plugged ? "is plugged in" : "is unplugged");
        if (station_.running() && world_.random.chance(700)) // else it is found out in another way
            station_.tell_of_bus({!device.plugged, "usb", "/devices/" + device.port(), device.port(), {}});
    }
    if (!station_.running() || !world_.fault(rates.capabilities_change + rates.list_changes))
        return;
    auto& device = world_.random.pick(devices);
    device.capabilities = 1 - device.capabilities;
    const auto hosts = station_.hosts();
    if (!hosts.empty())
        hosts[world_.random.below(hosts.size())]->change(world_.random.chance(500), world_.random.chance(700));
}

} // namespace rekam::sim
