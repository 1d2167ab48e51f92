// SPDX-License-Identifier: Apache-2.0
// Breadth first over everything that two clients, two devices, the gate and the clock can do, act after act. A state
// is reached by running its acts from the start; two histories that lead to states of the same digest are continued
// once. The digest leaves out numbers that only count (ids, fences, tokens) and rounds times to seconds.
#include "tests/sim/exhaustive.h"

#include "tests/sim/clients.h"

#include <cstdio>
#include <unordered_set>

namespace rekam::sim {
namespace {

constexpr std::int64_t settle_us = 20'000; ///< everything that an act sets off is over by then

enum class Act : std::uint8_t {
    acquire_one,
    acquire_both,
    release,
    capture,
    repeat,
    cancel,
    close_case,
    vanish,
    finish,
    fail,
    host_dies,
    gate_dies,
    time_passes
};
struct Letter {
    Act act;
    std::size_t who; ///< client, or device
    const char* name;
};
constexpr std::array alphabet{Letter{Act::acquire_one, 0, "A acquires photo"},
                              Letter{Act::acquire_one, 1, "B acquires photo"},
                              Letter{Act::acquire_both, 0, "A acquires both"},
                              Letter{Act::acquire_both, 1, "B acquires both"},
                              Letter{Act::release, 0, "A releases"},
                              Letter{Act::release, 1, "B releases"},
                              Letter{Act::capture, 0, "A captures"},
                              Letter{Act::capture, 1, "B captures"},
                              Letter{Act::repeat, 0, "A asks again"},
                              Letter{Act::cancel, 0, "A cancels"},
                              Letter{Act::cancel, 1, "B cancels"},
                              Letter{Act::close_case, 0, "A closes its case"},
                              Letter{Act::close_case, 1, "B closes its case"},
                              Letter{Act::vanish, 1, "B reconnects"},
                              Letter{Act::finish, 0, "the camera ends well"},
                              Letter{Act::finish, 1, "the scanner ends well"},
                              Letter{Act::fail, 0, "the camera fails"},
                              Letter{Act::host_dies, 0, "a host dies"},
                              Letter{Act::gate_dies, 0, "the gate dies"},
                              Letter{Act::time_passes, 0, "8 s pass"}};

using Path = std::vector<std::uint8_t>;

/// One station with two clients, driven act by act.
class Lab {
  public:
    Lab()
        : world_(1, false), hardware_(world_), truth_(world_, hardware_), clients_(world_, truth_),
          station_(world_, hardware_, truth_, clients_) {
        world_.exact = true;
        clients_.connect(station_);
        station_.configure(make_small_config());
        clients_.add(false);
        clients_.add(false);
        station_.start();
        pass(10 * settle_us);
        for (auto& client : clients_.all())
            client->hello(false);
        pass(settle_us);
        for (auto& client : clients_.all())
            client->open_case();
        pass(settle_us);
    }

    void act(const Letter& letter) {
        Client& client = *clients_.all()[letter.who % 2];
        switch (letter.act) {
        case Act::acquire_one: acquire(client, {"photo"}); break;
        case Act::acquire_both: acquire(client, {"photo", "finger"}); break;
        case Act::release:
            if (!client.leases().empty())
                client.release(HeldLease(client.leases().back()));
            break;
        case Act::capture: capture(client); break;
        case Act::repeat:
            if (!client.captures().empty())
                client.ask_again(client.captures().back());
            break;
        case Act::cancel:
            if (!client.captures().empty() && !client.captures().back().job.empty())
                client.cancel(client.captures().back());
            break;
        case Act::close_case:
            if (!client.cases().empty())
                client.close_case(std::string(client.cases().back()));
            break;
        case Act::vanish:
            client.reconnect();
            client.hello(true);
            break;
        case Act::finish: end_run(letter.who, std::nullopt); break;
        case Act::fail: end_run(letter.who, model::Code::jam); break;
        case Act::host_dies: station_.crash_child(broker::ChildKind::host); break;
        case Act::gate_dies: station_.crash_child(broker::ChildKind::gate); break;
        case Act::time_passes: pass(8 * us_per_s); break;
        }
        pass(settle_us);
        for (auto& one : clients_.all()) // programs notice a lost gate, and open the next case
            if (one->session().empty() || (one->cases().empty() && one->at_rest())) {
                one->session().empty() ? one->hello(true) : one->open_case();
                pass(settle_us);
            }
    }

    /// Whatever the history was: everything that was begun ends.
    void finish() {
        pass(80 * us_per_s);
        const auto& state = station_.state();
        require(state.jobs.empty() && state.leases.empty(), "everything_comes_to_its_end", "a job or a lease stays");
        clients_.forget_dead_gates();
        for (const auto& client : clients_.all())
            require(client->owed().empty(), "everything_comes_to_its_end", client->name() + " gets no answer");
    }

    [[nodiscard]] std::string digest() const;

  private:
    void pass(std::int64_t us) {
        const auto until_us = world_.schedule.now_us() + us;
        world_.schedule.at(until_us, [] { return true; });
        while (world_.schedule.next_us() <= until_us)
            world_.schedule.take()();
        clients_.forget_dead_gates();
    }
    static void acquire(Client& client, const std::vector<std::string>& slots) {
        if (!client.cases().empty())
            client.acquire(slots, client.cases().back(), 20'000, 30'000);
    }
    static void capture(Client& client) {
        if (client.leases().empty())
            return;
        const auto lease = client.leases().back();
        const auto slot = lease.slots.back();
        client.capture(lease, slot,
                       R"({"slot":")" + slot + R"(","subject":")" + (slot == "photo" ? "face" : "finger.left-thumb") +
                           "\"}",
                       6'000, false);
    }
    void end_run(std::size_t device, std::optional<model::Code> failure) {
        for (auto* host : station_.hosts())
            if (host->name().ends_with(device == 0 ? "cam0" : "fp0"))
                return host->finish_run(failure);
    }

    World world_;
    Hardware hardware_;
    Truth truth_;
    mutable Clients clients_;
    Station station_;
};

std::string Lab::digest() const {
    const auto& state = station_.state();
    const Now now = world_.now();
    std::string text;
    const auto add = [&](auto... values) { ((text += std::to_string(values) + ","), ...); };
    std::map<broker::SessionNo, std::size_t> who;
    for (std::size_t i = 0; i < clients_.all().size(); ++i) {
        const Client& client = *clients_.all()[i];
        if (const auto no = state.session_tokens.find(client.session()); no != state.session_tokens.end())
            who[no->second] = i + 1;
        text += "|";
        add(client.leases().size(), client.cases().size());
        for (const auto& [id, request] : client.open())
            text += request.op + ",";
        if (!clients_.all()[i]->captures().empty()) {
            const auto& last = clients_.all()[i]->captures().back();
            add(last.known, last.job.empty());
            text += last.slot + client.last_outcome();
        }
    }
    for (const auto& [no, lease] : state.leases) {
        text += "L";
        add(who[lease.session], static_cast<int>(lease.state), lease.slots.size(),
            lease.state == model::LeaseState::held ? (lease.expires_boot_us - now.boot_us) / us_per_s : 0);
    }
    for (const auto& [no, job] : state.jobs) {
        text += "J" + job.record.slot;
        add(who[job.session], static_cast<int>(job.phase), static_cast<int>(job.cause), job.reply_to.size(),
            job.frames.size(), (job.deadline_us - now.mono_us) / us_per_s);
    }
    for (const auto& [no, device] : state.devices) {
        text += "D";
        add(static_cast<int>(device.state), device.queue.size(), device.running != 0, device.crashes.total());
    }
    for (const auto& [no, frame] : state.frames)
        add(who[frame.session]);
    std::size_t open = 0;
    for (const auto& [id, kept] : state.cases)
        open += kept.phase == model::CasePhase::closed ? 0U : 1U;
    add(open, state.gate.restart_count, state.children.size(), who.size());
    return text;
}

struct Search {
    std::unordered_set<std::string> seen;
    std::int64_t paths = 0;

    /// Runs one history; its digest. Throws a Violation.
    std::string run(const Path& path, bool to_the_end) {
        Lab lab;
        for (const auto letter : path)
            lab.act(alphabet[letter]);
        ++paths;
        auto digest = lab.digest();
        if (to_the_end)
            lab.finish();
        return digest;
    }
};

void report(const Path& path, const Violation& violation) {
    for (const auto letter : path)
        std::printf("  %s\n", alphabet[letter].name);
    std::printf("%s is violated: %s\n", violation.invariant().c_str(), violation.what());
}

} // namespace

int search(int depth, bool expect_violation) {
    Search search;
    std::vector<Path> frontier{{}};
    search.seen.insert(search.run({}, true));
    for (int level = 1; level <= depth; ++level) {
        std::vector<Path> next;
        for (const auto& path : frontier)
            for (std::size_t letter = 0; letter < alphabet.size(); ++letter) {
                Path longer = path;
                longer.push_back(static_cast<std::uint8_t>(letter));
                try {
                    if (search.seen.insert(search.run(longer, false)).second) {
                        search.run(longer, true);
                        next.push_back(std::move(longer));
                    }
                } catch (const Violation& violation) {
                    report(longer, violation);
                    return expect_violation ? 0 : 1;
                }
            }
        frontier = std::move(next);
        std::printf("depth %d: %zu new states, %zu in all, %lld histories run\n", level, frontier.size(),
                    search.seen.size(), static_cast<long long>(search.paths));
    }
    return expect_violation ? 1 : 0;
}

} // namespace rekam::sim
