// SPDX-License-Identifier: Apache-2.0
// Descriptors for programs on this machine: who may have which frame, or watch which preview, once; and what was handed
// out and is not given back. Pure, as the table that it is a part of.
//
// A ticket is open until it is shown by a process of its user, or too old. A frame's descriptor goes with its ticket
// and is charged to the session until the connection that has it ends: what is handed out cannot be taken back. The
// ticket of a preview makes its connection a consumer. Of the pictures of a preview each consumer has one at most, and
// the newest waits for it; a buffer goes back to its host when nobody has it or waits for it any more.
#pragma once

#include "core/gate/bounds.h"
#include "core/gate/event.h"
#include "core/gate/requests.h"
#include "core/wire/data_messages.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rekam::gate {

class Handover {
  public:
    /// What is to be done goes to `effects`, which outlives this.
    Handover(const Bounds& bounds, Effects& effects) : bounds_(bounds), effects_(effects) {}

    void start(const wire::GateConfig& config);
    /// Whether there is a socket to show tickets at.
    [[nodiscard]] bool is_on() const { return !socket_.empty(); }

    /// Why this session gets no ticket now; empty: it may ask the broker.
    [[nodiscard]] std::optional<model::Error> refusal(std::uint64_t session) const;

    // --- what the broker grants: text to be added to its record: the tickets and where to show them ---
    /// Takes the descriptor. `record` is what goes with the frame. An error: it is closed again.
    wire::Expected<std::string> frame(const Now& now, const OpenRequest& request, const Part& part,
                                      const std::string& record, const Entropy& entropy);
    /// The preview of an open request; `record` is its first word.
    std::string preview(const Now& now, std::uint64_t number, const OpenRequest& request, std::size_t count,
                        const std::string& record, const Entropy& entropy);
    /// Takes the descriptors: a pool of the preview, in place of the one before.
    void buffers(std::uint64_t number, const wire::PoolBuffers& pool, const std::vector<wire::Descriptor>& descriptors);
    /// A picture lies in a buffer. Where nobody wants it, the buffer goes back at once.
    void picture(std::uint64_t number, const wire::BufferRef& at, const std::string& record);
    /// The preview's request has ended, or nobody waits for it: nothing is shown any more.
    void end(std::uint64_t number);
    void end_all();

    // --- connections to the data socket ---
    void on(const Now& now, const DataConnected& event);
    void on(const Now& now, const DataMessage& event);
    void on(const Now&, const DataClosed& event) { forget(event.connection); }
    void tick(const Now& now);
    [[nodiscard]] std::int64_t next_deadline_us() const { return due_us_; }

    // For invariants and tests.
    [[nodiscard]] std::size_t descriptors() const; ///< that it holds
    [[nodiscard]] std::size_t tickets() const { return tickets_.size(); }
    [[nodiscard]] std::size_t connections() const { return connections_.size(); }
    [[nodiscard]] std::size_t streams() const { return streams_.size(); }
    [[nodiscard]] std::int64_t charged(std::uint64_t session) const;

  private:
    struct Ticket {
        std::uint64_t session = 0;
        std::string principal;
        std::int64_t due_us = 0;
        std::string record;
        wire::Descriptor descriptor = -1; ///< of a frame
        std::int64_t bytes = 0;
        std::uint64_t stream = 0; ///< of a preview
    };
    using Generation = std::int64_t;
    struct Picture {
        wire::BufferRef at;
        std::string record;
        std::size_t wanted = 0; ///< by so many consumers that have it or wait for it
    };
    struct Stream {
        std::uint64_t session = 0;
        bool over = false;
        wire::PoolBuffers pool; ///< the newest one; number 0: none yet
        std::vector<wire::Descriptor> descriptors;
        std::map<Generation, Picture> pictures;
        std::set<DataKey> consumers;
        std::int64_t charged = 0; ///< bytes of all its pools
    };
    struct Connection {
        std::string principal;
        std::int64_t due_us = never_us; ///< to show a ticket
        std::uint64_t session = 0;      ///< of its first ticket
        std::int64_t bytes = 0;         ///< of the frames that it has
        std::uint64_t stream = 0;
        bool asks = false; ///< for the next picture
        std::optional<Generation> has, waits;
    };

    void show(DataKey key, Connection& connection, const std::string& text);
    void hand_frame(DataKey key, Connection& connection, const Ticket& ticket);
    void begin_watching(DataKey key, Connection& connection, const Ticket& ticket);
    bool give_back(DataKey key, Connection& connection, const wire::BufferRef& at);
    void give(DataKey key, Connection& connection, Stream& stream, Generation generation);
    void give_buffers(DataKey key, const Stream& stream);
    void release(std::uint64_t number, Stream& stream, Generation generation);
    void put_back(std::uint64_t number, const wire::BufferRef& at);
    void close_descriptors(std::vector<wire::Descriptor>& descriptors);
    void refuse(DataKey key, const model::Error& error);
    void drop(DataKey key);
    void forget(DataKey key);
    void drop_unused_stream(std::uint64_t number);
    void say(DataKey key, std::string text, std::vector<wire::Descriptor> descriptors = {});
    std::string sell(const Now& now, std::int64_t for_us, Ticket ticket, const Entropy& entropy, std::size_t number);
    [[nodiscard]] std::size_t frame_tickets(std::uint64_t session) const;

    Bounds bounds_;
    Effects& effects_;
    std::string socket_;
    std::uint64_t gate_epoch_ = 0;
    std::int64_t bytes_per_session_ = 0;
    std::map<std::string, Ticket> tickets_;
    std::map<DataKey, Connection> connections_;
    std::map<std::uint64_t, Stream> streams_; ///< by the preview's request
    std::int64_t due_us_ = never_us;          ///< of tickets and connections, the earliest
};

} // namespace rekam::gate
