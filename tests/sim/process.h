// SPDX-License-Identifier: Apache-2.0
// One child of rekamd, as far as all kinds are alike: a number, a channel, a life.
#pragma once

#include "core/wire/packet.h"
#include "tests/sim/world.h"

namespace rekam::sim {

class Process;

/// What a process asks of the kernel.
class Kernel {
  public:
    virtual void sent(Process& process, wire::Message message) = 0;
    /// It ends by itself, once what it sent has left.
    virtual void exits(Process& process, int code, int signal) = 0;

  protected:
    ~Kernel() = default;
};

class Process {
  public:
    Process(World& world, Kernel& kernel, std::string name)
        : world_(world), kernel_(kernel), owner_(++world.last_owner), name_(std::move(name)) {}
    virtual ~Process() = default;
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    virtual void started() = 0;
    /// The message's descriptors are this process's.
    virtual void received(wire::Message message) = 0;
    /// It is dead, though its channel may still be read.
    virtual void died() {}

    [[nodiscard]] Owner owner() const { return owner_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] bool alive() const { return *alive_; }
    void mark_dead() { *alive_ = false; }

  protected:
    void send(wire::Message message) { kernel_.sent(*this, std::move(message)); }
    void exit(int code, int signal = 0) { kernel_.exits(*this, code, signal); }
    /// After a time, unless the process has ended by then.
    template <class Run> void after(std::int64_t delay_us, Run run) {
        world_.after(
            delay_us, [alive = alive_] { return *alive; }, std::move(run));
    }

    World& world_;

  private:
    Kernel& kernel_;
    Owner owner_;
    std::string name_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace rekam::sim
