// SPDX-License-Identifier: Apache-2.0
// The real world around the pure broker: one loop on one thread feeds it events and carries out its effects. Decides
// nothing itself.
#pragma once

#include "core/broker/broker.h"
#include "core/io/clock.h"
#include "core/io/power.h"
#include "core/rekamd/children.h"
#include "core/rekamd/config.h"
#include "core/rekamd/config_watch.h"
#include "core/rekamd/hotplug.h"
#include "core/rekamd/journal_desk.h"
#include "core/rekamd/machine.h"
#include "core/rekamd/options.h"
#include "core/rekamd/ports.h"
#include "core/rekamd/store.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <map>

namespace rekam::rekamd {

class Reactor {
  public:
    /// `file` is open and `standing` durable; `journal_key` is the public key that signs its heads; the directories of
    /// `config` are made and held.
    Reactor(Options options, Config config, std::unique_ptr<StoreFile> file, Standing standing,
            std::string journal_key);

    /// Until the broker asks for the end; gives the exit code.
    int run();

  private:
    void begin();
    void happened(broker::Event event);
    void work();
    void keep_time();
    void tick();

    void carry_out(broker::Spawn& effect) { children_->spawn(std::move(effect)); }
    void carry_out(const broker::Kill& effect) { children_->kill(effect.child); }
    void carry_out(broker::Send& effect) { children_->send(std::move(effect)); }
    void carry_out(const broker::CloseDescriptor& effect);
    void carry_out(broker::Append& effect) { store_->append(std::move(effect)); }
    void carry_out(broker::Lookup& effect) { store_->lookup(std::move(effect)); }
    void carry_out(broker::ResetPort& effect) { ports_->reset(std::move(effect)); }
    void carry_out(broker::Probe& effect) { machine_->look(std::move(effect)); }
    void carry_out(broker::AskJournal& effect);
    void carry_out(const broker::Log& effect);
    void carry_out(const broker::Status& effect);
    void carry_out(const broker::Exit& effect);

    void listen_to_signals();
    void await_signal();
    void listen_to_clock_jumps();
    void feed_watchdog();
    void watch_power();
    void watch_config();
    void watch_bus();
    void reload();
    void take_over(Config fresh);
    void refuse(const std::vector<Problem>& problems);
    void stop();
    void bound_stop();
    Store::Handlers store_handlers();

    Options options_;
    Config config_;
    Standing standing_;
    std::string journal_key_;
    std::unique_ptr<StoreFile> file_; ///< until the store has it
    boost::asio::io_context loop_{1};
    boost::asio::steady_timer deadline_{loop_}, watchdog_{loop_}, stop_limit_{loop_}, power_timer_{loop_};
    boost::asio::posix::stream_descriptor signals_{loop_}, clock_jumps_{loop_};
    std::unique_ptr<ConfigWatch> config_watch_;
    std::unique_ptr<Hotplug> hotplug_;
    std::unique_ptr<Children> children_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Ports> ports_;
    std::unique_ptr<Machine> machine_;
    std::unique_ptr<JournalDesk> desk_;

    std::map<broker::StoreToken, broker::AskJournal> reports_; ///< whose head is being signed
    broker::Broker broker_;
    io::Clock clock_;
    io::PowerSupplies power_;
    bool power_told_ = false;
    std::deque<broker::Event> events_;
    bool working_ = false, stopping_ = false, waited_for_card_ = false;
    std::int64_t armed_us_ = never_us; ///< what deadline_ waits for
    std::optional<int> exit_code_;
};

} // namespace rekam::rekamd
