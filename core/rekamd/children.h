// SPDX-License-Identifier: Apache-2.0
// The broker's children as it knows them: a process and its channel under one number. Carries out spawn, kill and send,
// and turns what happens into the broker's events, in the order that core/broker/event.h promises.
#pragma once

#include "core/broker/effect.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace rekam::rekamd {

struct Programs {
    std::string gate, host;
};

class Children {
  public:
    /// `station` marks what descends from it (core/io/process_tree.h). `happened` may come from inside spawn(), kill()
    /// and send(): queue it.
    Children(boost::asio::io_context& loop, Programs programs, std::chrono::milliseconds kill_limit,
             std::uint64_t station, std::function<void(broker::Event)> happened);
    ~Children(); ///< kills what is left
    Children(const Children&) = delete;
    Children& operator=(const Children&) = delete;

    void spawn(broker::Spawn spawn);
    void kill(broker::ChildId child);
    /// The message's descriptors are borrowed: what is queued holds duplicates.
    void send(broker::Send send);

    void kill_all();
    [[nodiscard]] bool empty() const;
    void set_kill_limit(std::chrono::milliseconds limit);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace rekam::rekamd
