// SPDX-License-Identifier: Apache-2.0
// The broker in a made-up outside world: children that greet, list and open by themselves unless a test says
// otherwise, a store that keeps its promises, a clock that tests move. Every step is checked: requests are answered
// once, errors stand as the vocabulary says, descriptors are closed exactly once, messages fit their channel.
#pragma once

#include "core/broker/broker.h"
#include "core/broker/state.h"
#include "tests/unit/broker/answers.h"

#include <deque>
#include <set>

namespace rekam::broker {

struct FakeDevice {
    std::string id;
    model::Function function = model::Function::camera;
    std::string capabilities = R"({"type":"object","properties":{"zoom":{"type":"integer","minimum":100,"maximum":400},
        "light":{"type":"string","enum":["off","on"],"default":"off"}}})";
    bool plugged = true; ///< false: the enumerator does not list it
    bool silent = false; ///< its host says nothing after host_start
    std::optional<wire::Failure> refuses;
    bool health_beside_job = false;
    bool shows_preview = true, shows_itself = false; ///< shows_itself: which one it is
    std::optional<std::string> make;
    std::optional<model::Function> second; ///< a multi-function device; with the capabilities of anything
    std::optional<wire::Evidence> evidence;
    std::optional<std::string> physical, encoder; ///< encoder: the physical path of a reader that is its chip station
};

struct FakePlugin {
    std::string id;
    std::vector<FakeDevice> devices;
    std::string threading = "free", process = "own";
    bool mock = false;                    ///< its devices are made up, says its manifest
    std::string device_classes = "[]";    ///< of its manifest
    bool silent = false;                  ///< its enumerators say nothing after enum_start
    bool crashes = false;                 ///< they die instead
    std::optional<wire::Failure> refuses; ///< the file cannot be loaded
};

/// One process that the broker asked for.
struct FakeChild {
    Spawn spawn;
    bool alive = true;
    bool killed = false;
    bool mute = false;                ///< answers no ping and no stop
    std::vector<wire::Message> heard; ///< everything sent to it
};

class World {
  public:
    explicit World(Config config, std::map<std::string, FakePlugin> plugins, std::vector<Record> stored = {},
                   std::int64_t station_epoch = 1);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// Gives the broker an event, does what it wants, and what follows from that, until nothing follows any more.
    void step(Event event);
    /// Time passes on both clocks; every timer fires when it is due.
    void pass_ms(std::int64_t ms);
    /// Only CLOCK_BOOTTIME goes on.
    void suspend_ms(std::int64_t ms);

    // --- children ---
    FakeChild& gate() { return child(gate_id()); }
    ChildId gate_id() const { return last_of(ChildKind::gate, "gate"); }
    FakeChild& host(const std::string& device) { return child(host_id(device)); }
    /// The newest process of the device: its own, or that of all devices of its plugin.
    ChildId host_id(const std::string& device) const;
    DeviceNo number(const std::string& device) const { return state().device_ids.at(device); }
    ChildId enumerator_id(const std::string& plugin) const {
        return last_of(ChildKind::enumerator, "enumerator " + plugin);
    }
    FakeChild& child(ChildId id) { return children_.at(id); }
    std::size_t spawned(ChildKind kind) const;
    std::size_t spawned(const std::string& name) const;
    bool is_alive(const std::string& name) const;
    /// The process dies by itself, and its tree with it.
    void die(ChildId id, int signal = 11);
    void say(ChildId id, wire::Type type, std::string json = {}, wire::Prefix prefix = {},
             std::vector<wire::Descriptor> descriptors = {}, std::vector<std::int64_t> sealed = {});

    // --- a host and its job ---
    struct Running {
        wire::Prefix prefix;
        boost::json::object run;
    };
    /// The newest job that the device was given.
    Running running(const std::string& device);
    std::size_t told(const std::string& device, wire::Type type);
    /// Delivers a frame of the running job, fresh unless `more` says otherwise: a JSON object laid over the record.
    wire::Descriptor frame(const std::string& device, const std::string& more = "{}");
    /// `more`: a JSON object laid over the record.
    void final(const std::string& device, std::int64_t frames, const std::string& more = "{}");
    void fail(const std::string& device, const std::string& code, const std::string& message = "it did not work");
    /// What stands before every message about the device's newest preview.
    wire::Prefix previewing(const std::string& device);
    /// Shows a picture of it, fresh unless `more` says otherwise.
    wire::Descriptor show(const std::string& device, const std::string& more = "{}");
    /// A whole capture: one frame and the end.
    void deliver(const std::string& device) {
        frame(device);
        final(device, 1);
    }

    // --- the gate ---
    std::uint64_t request(std::uint64_t session, const std::string& header, const std::string& tail = {},
                          std::vector<wire::Descriptor> descriptors = {}, std::vector<std::int64_t> sealed = {});
    /// A descriptor that the gate made of a binary part.
    wire::Descriptor new_descriptor();
    const Answer* answer(std::uint64_t request) const;
    std::vector<Answer> progress(std::uint64_t request) const;
    std::vector<std::uint64_t> unanswered() const;
    void take_descriptors(std::int64_t count, std::uint64_t request = 0);
    /// Data of the events of a stream that were published since the last call.
    std::vector<Answer> events(const std::string& stream);

    Now now{.mono_us = 100 * us_per_s, .boot_us = 100 * us_per_s, .utc_us = 1'795'000'000 * us_per_s, .synced = true};
    std::map<std::string, FakePlugin> plugins; ///< by path
    bool children_die_when_killed = true;
    bool has_side_effects = false; ///< an error may say that something has happened
    bool store_answers = true;
    bool store_fails = false, store_is_full = false, store_on_reserve = false;
    std::vector<StoreToken> held_appends; ///< while the store does not answer
    std::map<std::pair<std::string, std::string>, std::string> disk;
    std::vector<Entry> journal; ///< on that disk
    std::vector<AskJournal> journal_questions;
    std::vector<Log> log;
    std::vector<ResetPort> port_resets; ///< the test answers them with PortReset
    std::vector<Probe> probes;          ///< and these with Probed
    bool exited = false;
    bool gates_greet = true, gates_take = true; ///< new ones say hello; they take descriptors at once
    bool hosts_greet = true;
    std::size_t lookups = 0;
    const State& state() const { return broker_.state(); }
    std::vector<Record> stored() const;
    std::int64_t station_epoch = 1;

  private:
    void carry_out(Effect& effect);
    void on(Spawn& effect);
    void on(Kill& effect);
    void on(Send& effect);
    void on(CloseDescriptor& effect);
    void on(Append& effect);
    void on(Lookup& effect);
    void on(ResetPort& effect) { port_resets.push_back(effect); }
    void on(Probe& effect) { probes.push_back(effect); }
    void on(AskJournal& effect) { journal_questions.push_back(effect); }
    void on(Log& effect) { log.push_back(effect); }
    void on(Status&) {}
    void on(Exit&) { exited = true; }
    void gate_hears(const wire::Message& message);
    void host_hears(ChildId id, const wire::Message& message);
    void enumerator_hears(ChildId id, const wire::Message& message);
    void list_devices(ChildId id, const FakePlugin& plugin);
    void follow(ChildId id, wire::Type type, std::string json, wire::Prefix prefix = {});
    void follow_death(ChildId id, int code, int signal);
    ChildId last_of(ChildKind kind, const std::string& name) const;
    FakePlugin& plugin_of(const std::string& device);
    FakeDevice& device_of(const std::string& device);
    void check_error(const Answer& answer);

    Broker broker_;
    std::deque<Event> following_;
    std::map<ChildId, FakeChild> children_;
    std::map<std::uint64_t, Answer> answers_;
    std::map<std::uint64_t, std::vector<Answer>> progress_;
    std::map<std::string, std::vector<Answer>> events_;
    std::map<std::string, std::int64_t> last_seq_;
    std::set<std::uint64_t> asked_;
    std::set<wire::Descriptor> open_descriptors_;
    wire::Descriptor last_descriptor_ = 100;
    std::uint64_t last_request_ = 0;
    std::uint8_t last_nonce_ = 0;
};

/// A station with these slots, in the words of slots.toml: {"photo", camera, "org.cam/1"}.
Config make_config(std::vector<SlotConfig> slots, std::vector<std::string> plugins = {"cam"});
SlotConfig make_slot(std::string name, std::string device, model::Function function = model::Function::camera);
/// Plugin "cam" (id org.cam) with the cameras 1 and 2.
std::map<std::string, FakePlugin> two_cameras();

} // namespace rekam::broker
