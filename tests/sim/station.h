// SPDX-License-Identifier: Apache-2.0
// rekamd without its reactor: the real broker, with virtual processes, channels and disk around it.
#pragma once

#include "core/broker/broker.h"
#include "core/broker/state.h"
#include "tests/sim/disk.h"
#include "tests/sim/gate_process.h"
#include "tests/sim/host_process.h"
#include "tests/sim/invariants.h"
#include "tests/sim/journal_checker.h"
#include "tests/sim/truth.h"

namespace rekam::sim {

constexpr std::int64_t kill_limit_us = 2 * us_per_s, kill_limit_stopping_us = 200 * us_per_ms;
constexpr std::size_t channel_messages = 128;

class Station final : public Kernel {
  public:
    Station(World& world, Hardware& hardware, Truth& truth, Far& far);
    ~Station();

    void start();
    /// The process or the machine ends at once; everything below it too.
    void crash();
    /// SIGTERM.
    void stop();
    /// The configuration files change; in force now, or at the next start.
    void configure(broker::Config config);
    void tell_of_bus(broker::BusChanged news) { step(std::move(news)); }
    void refuse_configuration() { step(broker::ConfigRefused{"slots.toml:3: no such function"}); }

    /// How long a stop may take: a card that has begun is finished, and after the chip it is worked on once more.
    [[nodiscard]] std::int64_t stop_limit_us() const { return stop_limit_us_; }
    [[nodiscard]] bool running() const { return broker_ != nullptr; }
    [[nodiscard]] bool stopping() const { return running() && state().stopping != broker::Stopping::no; }
    [[nodiscard]] const broker::State& state() const { return broker_->state(); }
    [[nodiscard]] const Disk& disk() const { return disk_; }
    [[nodiscard]] GateProcess* gate();
    [[nodiscard]] std::vector<HostProcess*> hosts();
    [[nodiscard]] std::size_t processes() const { return children_.size(); }

    /// No process stands still that nobody has noticed yet.
    [[nodiscard]] bool all_awake() const;

    // Faults.
    void crash_child(std::optional<broker::ChildKind> kind);
    void make_stuck();
    void stall_child();
    void lie();
    void wake() { step(broker::Tick{}); } ///< after a suspend
    void power(bool on_battery, std::int64_t percent) { step(broker::PowerSeen{on_battery, percent}); }

    void sent(Process& process, wire::Message message) override;
    void exits(Process& process, int code, int signal) override;

  private:
    struct Child {
        broker::ChildId id = 0;
        broker::ChildKind kind = broker::ChildKind::gate;
        std::unique_ptr<Process> process;
        std::int64_t stalled_us = 0, in_us = 0, out_us = 0; ///< FIFO: nothing arrives before what was sent earlier
        std::size_t in_queue = 0, out_queue = 0;
        bool started = false, muted = false, unkillable = false, killed = false, exited = false, abandoned = false;
        std::deque<wire::Message> inbox; ///< arrived and not yet read
    };

    void step(broker::Event event);
    void perform(broker::Spawn& effect);
    void perform(broker::Kill& effect);
    void perform(broker::Send& effect);
    void perform(broker::CloseDescriptor& effect) { world_.handles.close(effect.descriptor, rekamd); }
    void perform(broker::Append& effect) { disk_.append(std::move(effect)); }
    void perform(broker::Lookup& effect) { disk_.lookup(effect); }
    void perform(const broker::ResetPort& effect);
    void perform(const broker::Probe& effect);
    void perform(broker::AskJournal& effect) {
        later(world_.delay_us(), [this, token = effect.token] { step(broker::JournalAnswered{token, "{}", {}}); });
    }
    void perform(broker::Log& effect);
    void perform(broker::Status&) {}
    void perform(broker::Exit& effect);

    void exec(Child& child);
    void deliver(broker::ChildId id, wire::Message message);
    void read_inbox(broker::ChildId id);
    void close_inbox(Child& child);
    void heard(broker::ChildId id, wire::Message message);
    void die(Child& child, int code, int signal);
    void gone(Child& child, bool stuck);
    Child* find(broker::ChildId id);
    Child* find(const Process& process);
    std::vector<Child*> living(std::optional<broker::ChildKind> kind);
    /// In this life of rekamd only.
    template <class Run> void later(std::int64_t delay_us, Run run) {
        world_.after(
            delay_us, [this, life = life_] { return life == life_; }, std::move(run));
    }
    void close_in_flight(const wire::Message& message);
    void check_sent(const broker::Send& effect) const;
    void check_stop(const broker::Send& effect) const;
    void end_of_life();

    World& world_;
    Hardware& hardware_;
    Truth& truth_;
    Far& far_;
    Disk disk_;
    Alarm alarm_;
    StateChecker checker_;
    JournalChecker journal_checker_{disk_};
    broker::Config config_;
    std::unique_ptr<broker::Broker> broker_;
    std::map<broker::ChildId, Child> children_;
    std::uint64_t life_ = 0, nonce_ = 0;
    std::int64_t stop_us_ = 0, stop_limit_us_ = 3 * us_per_s;
};

} // namespace rekam::sim
