// SPDX-License-Identifier: Apache-2.0
// The desk of a day at the office: which thing goes wrong in which visit, how it does, and how a person mends it.
#pragma once

#include "tests/sim/simulation.h"

namespace rekam::sim {

enum class Incident : std::uint8_t {
    blurred_photo,
    unplugged_scanner,
    jam,
    ribbon_out,
    host_crash_in_mid_print,
    hung_fingerprint_reader,
    flapping_camera,
    gate_killed,
    camera_replaced,
    power_cut
};
constexpr std::array incident_names{
    "blurred photo",           "unplugged scanner", "jam",         "ribbon out",      "host crash in mid-print",
    "hung fingerprint reader", "flapping camera",   "gate killed", "camera replaced", "power cut"};
constexpr const char* name(Incident incident) { return incident_names[static_cast<std::size_t>(incident)]; }

struct DayFigures {
    std::int64_t visits = 0, captures = 0, retakes = 0, refused = 0, cards = 0, unknown = 0, reconciled = 0,
                 downtime_us = 0;
    std::int64_t wrong_person = 0, second_card = 0, without_card = 0; ///< each must be 0
};

class DayDesk {
  public:
    DayDesk(std::uint64_t seed, int visits, bool print);
    DayDesk(const DayDesk&) = delete;
    DayDesk& operator=(const DayDesk&) = delete;

    /// The number of the next visit; nothing when the day is over.
    std::optional<int> next_visit();
    [[nodiscard]] std::int64_t person_of(int visit) const { return first_person_ + visit; }
    [[nodiscard]] std::optional<Incident> incident_of(int visit) const;

    /// This one sits down, before every device of the desk.
    void seat(std::int64_t person) { hardware_.seated = person; }
    void strike(Incident incident, std::int64_t person, Client& client);
    void mend(Incident incident);
    /// Every slot of a visit can be worked with.
    [[nodiscard]] bool is_usable() const;
    /// A person looks into the tray.
    [[nodiscard]] bool lies_in_tray(const std::string& case_id) const;
    /// Cases belong to persons: whose cards came out is counted at the end.
    void opened(const std::string& case_id, std::int64_t person) { persons_[case_id] = person; }
    void count_cards();

    World& world() { return world_; }
    Clients& clients() { return clients_; }
    Station& station() { return station_; }
    DayFigures figures;
    std::vector<std::pair<std::int64_t, Incident>> happened;

  private:
    PhysicalDevice& camera();
    void plug(PhysicalDevice& device, bool in);
    void cut_power();

    World world_;
    Hardware hardware_;
    Truth truth_;
    Clients clients_;
    Station station_;
    int visits_, next_ = 0;
    std::int64_t first_person_;
    std::map<int, Incident> plan_;
    std::map<std::string, std::int64_t> persons_; ///< by case
};

} // namespace rekam::sim
