// SPDX-License-Identifier: Apache-2.0
// The devices on the desk and the vendors' libraries: what is true of them, whoever says what.
#pragma once

#include "core/broker/config.h"
#include "core/wire/host_messages.h"
#include "tests/sim/world.h"

#include <algorithm>
#include <vector>

namespace rekam::sim {

/// What a device was told to suffer at its next job, beside chance. The last two stay until a person mends it.
enum class Mishap : std::uint8_t { none, blurred, dies, hangs, jam, ribbon_out };

struct PhysicalDevice {
    std::string plugin; ///< its id
    std::string id;     ///< as the plugin names it
    std::vector<model::Function> functions;
    bool plugged = true;
    bool health_beside_job = false;
    int capabilities = 0;   ///< which set it offers now
    std::int64_t cards = 0; ///< that it has printed in its life
    Owner holder = 0;       ///< the process that has it open
    Mishap mishap = Mishap::none;
    [[nodiscard]] std::string full_id() const { return plugin + "/" + id; }
    /// Where it is plugged in: no two at one place.
    [[nodiscard]] std::string port() const {
        int place = 0;
        for (const char c : id)
            place += c;
        return "usb:1-" + std::to_string(place);
    }
};

struct PhysicalPlugin {
    std::string id, path;
    bool single = false; ///< threading=single
    Owner enumerator = 0;
    bool shared = false;                  ///< process=shared
    std::map<std::string, Owner> working; ///< devices with a job, and the host that makes it
};

class Hardware {
  public:
    explicit Hardware(World& world);

    PhysicalDevice* find(const std::string& path, const std::string& device_id);
    PhysicalDevice& at(const std::string& full_id);
    PhysicalPlugin& plugin_at(const std::string& path);
    std::vector<PhysicalDevice*> of(const std::string& path);

    /// Opening a device that another process has open is what the core must never let happen.
    void open(PhysicalDevice& device, Owner process);
    void close(PhysicalDevice& device, Owner process);
    /// The whole tree of the process is gone.
    void release(Owner process);
    void begin_job(PhysicalDevice& device, Owner process);
    void end_job(PhysicalDevice& device, Owner process);
    void end_jobs(Owner process);
    /// A card moves in it, and cannot be taken back; and then it is printed. By the job it was made in.
    void begin_card(const std::string& job) { ++begun_[job]; }
    void print_card(PhysicalDevice& device, const std::string& job);
    [[nodiscard]] int begun(const std::string& job) const { return begun_.contains(job) ? begun_.at(job) : 0; }
    [[nodiscard]] int printed(const std::string& job) const { return printed_.contains(job) ? printed_.at(job) : 0; }
    /// What a printer remembers; nothing for others.
    [[nodiscard]] static std::optional<wire::Evidence> evidence(const PhysicalDevice& device);

    void begin_listing(const std::string& path, Owner process);

    [[nodiscard]] static std::vector<std::string> extensions(const PhysicalDevice& device);
    [[nodiscard]] static wire::EnumDevice facts(const PhysicalDevice& device);
    [[nodiscard]] static std::map<std::string, wire::RawJson> capabilities(const PhysicalDevice& device);

    /// All devices of this plugin are wanted in one process from now on; before the station starts.
    void share(const std::string& plugin) { std::ranges::find(plugins_, plugin, &PhysicalPlugin::id)->shared = true; }
    /// Everything is plugged in and offers what it offered at first.
    void mend();
    std::vector<PhysicalDevice>& devices() { return devices_; }

    std::int64_t seated = 0; ///< who sits before all of them, and is in every picture

  private:
    World& world_;
    std::map<std::string, int> begun_, printed_;
    std::vector<PhysicalDevice> devices_;
    std::vector<PhysicalPlugin> plugins_;
};

/// The configuration files of the station; `variant` 0 is the full one, others lack, add and rebind slots.
broker::Config make_config(int variant);
constexpr int config_variants = 6;
/// Two slots on two devices, no pings: for the exhaustive search.
broker::Config make_small_config();

} // namespace rekam::sim
