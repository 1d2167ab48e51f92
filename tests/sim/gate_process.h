// SPDX-License-Identifier: Apache-2.0
// A gate: the real table between rekamd's channel and virtual connections.
#pragma once

#include "core/gate/table.h"
#include "tests/sim/process.h"

#include <deque>
#include <set>

namespace rekam::sim {

/// What the far end of a connection does with a message.
class Far {
  public:
    enum class Took { yes, full, unreachable };
    virtual Took take(const gate::SendClient& message, const std::vector<File>& parts) = 0;
    virtual void disconnected(const gate::ClientKey& client) = 0;
    /// A packet on the data socket; false: nobody is there.
    virtual bool hand_over(gate::DataKey connection, const std::string& text, const std::vector<File>& files) = 0;
    virtual void cut(gate::DataKey connection) = 0;

  protected:
    ~Far() = default;
};

class GateProcess : public Process {
  public:
    GateProcess(World& world, Kernel& kernel, Far& far);

    void started() override;
    void received(wire::Message message) override;
    void died() override { alarm_.set(never_us, 0, nullptr); }

    [[nodiscard]] bool is_open() const { return alive() && open_; }
    void from_client(gate::ClientMessage message) { step(std::move(message)); }
    void from_data_socket(gate::Event event) { step(std::move(event)); }
    void lie();
    void stall(std::int64_t for_us) {
        stalled_until_us_ = std::max(stalled_until_us_, world_.schedule.now_us() + for_us);
    }
    [[nodiscard]] const gate::Table& table() const { return table_; }

  private:
    void step(gate::Event event);
    void store_parts(gate::ClientMessage& message);
    void take_events();
    void perform(gate::SendClient& effect);
    void perform(gate::SendBroker& effect) { send(std::move(effect.message)); }
    void perform(gate::Publish& effect);
    void perform(gate::Open&);
    void listen();
    void perform(gate::Disconnect& effect) { far_.disconnected(effect.client); }
    void perform(gate::SendData& effect);
    void perform(gate::CloseData& effect) { far_.cut(effect.connection); }
    void perform(gate::CloseDescriptor& effect) { world_.handles.close(effect.descriptor, owner()); }
    void perform(gate::Log&) {}
    void perform(gate::Exit& effect);
    void check() const;

    Far& far_;
    gate::Table table_;
    Alarm alarm_;
    std::deque<gate::Event> events_;
    std::map<std::string, std::int64_t> published_;
    std::set<std::string> listening_; ///< prefixes that somebody subscribed to
    std::int64_t stalled_until_us_ = 0;
    std::uint64_t tickets_ = 0;
    bool open_ = false, busy_ = false, ended_ = false;
};

} // namespace rekam::sim
