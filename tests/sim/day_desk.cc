// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/day_desk.h"

#include <algorithm>
#include <numeric>

namespace rekam::sim {
namespace {

constexpr std::array slots{"photo", "finger", "scan", "printer"};

/// Each incident once, in the order of the seed, spread over the day. Fewer visits have only the first ones.
std::map<int, Incident> make_plan(Random& random, int visits) {
    std::vector<std::size_t> order(incident_names.size());
    std::iota(order.begin(), order.end(), 0);
    std::vector<int> places(static_cast<std::size_t>(visits));
    std::iota(places.begin(), places.end(), 0);
    const auto shuffle = [&](auto& list) {
        for (std::size_t left = list.size(); left > 1; --left)
            std::swap(list[left - 1], list[random.below(left)]);
    };
    shuffle(order);
    shuffle(places);
    places.resize(std::min(places.size(), order.size()));
    std::ranges::sort(places);
    std::map<int, Incident> plan;
    for (std::size_t i = 0; i < places.size(); ++i)
        plan[places[i]] = static_cast<Incident>(order[i]);
    return plan;
}

} // namespace

DayDesk::DayDesk(std::uint64_t seed, int visits, bool print)
    : world_(seed, print), hardware_(world_), truth_(world_, hardware_), clients_(world_, truth_),
      station_(world_, hardware_, truth_, clients_), visits_(visits),
      first_person_(1'000 * (static_cast<std::int64_t>(seed) + 1)) {
    world_.faults = false; // only what the plan says
    auto config = make_config(0);
    config.limits.attach_bytes = 400'000; // every picture comes along with its answer, and is looked at
    station_.configure(std::move(config));
    clients_.connect(station_);
    plan_ = make_plan(world_.random, visits);
}

std::optional<int> DayDesk::next_visit() { return next_ < visits_ ? std::optional(next_++) : std::nullopt; }

std::optional<Incident> DayDesk::incident_of(int visit) const {
    const auto found = plan_.find(visit);
    return found == plan_.end() ? std::nullopt : std::optional(found->second);
}

PhysicalDevice& DayDesk::camera() {
    const auto& state = station_.state();
    return hardware_.at(state.devices.at(state.slots.at("photo").device).id);
}

void DayDesk::plug(PhysicalDevice& device, bool in) {
    if (device.plugged == in)
        return;
    device.plugged = in;
    world_.say(device.full_id(), in ? "is plugged in" : "is unplugged");
    station_.tell_of_bus({!in, "usb", "/devices/" + device.port(), device.port(), {}});
}

void DayDesk::cut_power() {
    station_.crash();
    for (const auto& client : clients_.all())
        client->reconnect();
    world_.schedule.after(2 * us_per_s, [this] {
        station_.start();
        return true;
    });
}

void DayDesk::strike(Incident incident, std::int64_t person, Client& client) {
    world_.say("world", std::string(name(incident)) + ", before person " + std::to_string(person));
    happened.emplace_back(person, incident);
    switch (incident) {
    case Incident::blurred_photo: camera().mishap = Mishap::blurred; break;
    case Incident::hung_fingerprint_reader: hardware_.at("id.alpha/fp0").mishap = Mishap::hangs; break;
    case Incident::jam: hardware_.at("id.alpha/cp0").mishap = Mishap::jam; break;
    case Incident::ribbon_out: hardware_.at("id.alpha/cp0").mishap = Mishap::ribbon_out; break;
    case Incident::host_crash_in_mid_print: hardware_.at("id.alpha/cp0").mishap = Mishap::dies; break;
    case Incident::unplugged_scanner: plug(hardware_.at("id.beta/doc0"), false); break;
    case Incident::flapping_camera:
        for (const std::int64_t ms : {0, 900, 1'800, 2'700})
            world_.schedule.after(ms * 1'000, [this, in = ms % 1'800 != 0, device = &camera()] {
                if (station_.running())
                    plug(*device, in);
                return true;
            });
        break;
    case Incident::gate_killed: station_.crash_child(broker::ChildKind::gate); break;
    case Incident::camera_replaced: client.replace("photo", "id.alpha/cam2"); break;
    case Incident::power_cut: cut_power(); break;
    }
}

/// What an operator does about it: clears the jam, loads a ribbon, plugs it in.
void DayDesk::mend(Incident incident) {
    if (incident == Incident::jam || incident == Incident::ribbon_out)
        hardware_.at("id.alpha/cp0").mishap = Mishap::none;
    if (incident == Incident::unplugged_scanner && station_.running())
        plug(hardware_.at("id.beta/doc0"), true);
}

bool DayDesk::is_usable() const {
    return station_.running() && std::ranges::all_of(slots, [&](const char* slot) {
               const auto& state = station_.state();
               const auto found = state.slots.find(slot);
               const auto device =
                   found == state.slots.end() ? state.devices.end() : state.devices.find(found->second.device);
               using model::DeviceState;
               return device != state.devices.end() &&
                      (device->second.state == DeviceState::ready || device->second.state == DeviceState::busy ||
                       device->second.state == DeviceState::degraded);
           });
}

bool DayDesk::lies_in_tray(const std::string& case_id) const {
    const auto cards = truth_.cards();
    const auto found = cards.find(case_id);
    return found != cards.end() && found->second > 0;
}

void DayDesk::count_cards() {
    std::map<std::int64_t, int> of;
    for (const auto& [case_id, count] : truth_.cards())
        if (const auto person = persons_.find(case_id); person != persons_.end())
            of[person->second] += count;
    for (int visit = 0; visit < visits_; ++visit) {
        const int count = of[person_of(visit)];
        figures.cards += count;
        figures.second_card += std::max(0, count - 1);
        figures.without_card += count == 0;
    }
}

} // namespace rekam::sim
