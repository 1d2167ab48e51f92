// SPDX-License-Identifier: Apache-2.0
// The gate without its sockets: who is who, which request is whose, what is refused before the broker sees it, and that
// every request gets exactly one final. Pure: no clock, thread, socket or file; the simulator runs it too.
//
//            Started            gate_config             gate_stop            finals flushed, or time up
//   fresh ────────────▶ starting ──────────▶ open ─────────────▶ stopping ────────────────────────────▶ ended
//                          │ gate_stop         │ a broken message    │                                   ▲
//                          └───────────────────┴─────────────────────┴───────────────────────────────────┘
#pragma once

#include "core/gate/feed.h"
#include "core/gate/handover.h"
#include "core/gate/outbox.h"
#include "core/gate/requests.h"
#include "core/gate/sessions.h"
#include "core/wire/request.h"
#include "sdk/schema/schemas.h"

#include <deque>
#include <map>
#include <span>
#include <string_view>

namespace rekam::gate {

enum class Phase : std::uint8_t { fresh, starting, open, stopping, ended };

class Table {
  public:
    /// `schemas` must outlive the table; it may be empty.
    explicit Table(std::span<const schema::Schema> schemas, const Bounds& bounds = {});
    Table(const Table&) = delete; // its parts write to its effects
    Table& operator=(const Table&) = delete;

    /// Takes one event, gives what is to be done. After an Exit all events are ignored; their descriptors are closed.
    Effects step(const Now& now, Event event);

    /// When a Tick is due, on Now::mono_us; never_us for not at all.
    [[nodiscard]] std::int64_t next_deadline_us() const;

    // For the simulator's invariants and the tests.
    [[nodiscard]] Phase phase() const { return phase_; }
    [[nodiscard]] const Requests& requests() const { return requests_; }
    [[nodiscard]] const Sessions& sessions() const { return sessions_; }
    [[nodiscard]] const Outbox& outbox() const { return outbox_; }
    [[nodiscard]] const Feed& feed() const { return feed_; }
    [[nodiscard]] const Handover& handover() const { return handover_; }
    [[nodiscard]] std::size_t held_parts() const;                   ///< of requests that wait for credit
    [[nodiscard]] std::int64_t dropped() const { return dropped_; } ///< answers for which nobody waits any more

  private:
    void on(const Now& now, Started& event);
    void on(const Now& now, ClientMessage& event);
    void on(const Now& now, BrokerMessage& event);
    void on(const Now& now, SendRefused& event);
    void on(const Now& now, Subscription& event);
    template <class Data>
    requires std::is_same_v<Data, DataConnected> || std::is_same_v<Data, DataMessage> ||
        std::is_same_v<Data, DataClosed>
    void on(const Now& now, Data& event) {
        if (phase_ != Phase::ended)
            handover_.on(now, event);
    }
    void on(const Now& now, Tick& event);

    // Clients (table_clients.cc).
    struct Checked { ///< a request that may go on
        std::uint64_t session = 0;
        bool key_shown = false;
    };
    std::optional<model::Error> check_form(const ClientMessage& message) const;
    std::optional<model::Error> check_standing(const ClientMessage& message, const wire::Request& request,
                                               Checked& checked);
    std::optional<model::Error> check_key(const wire::Principal& principal, const wire::HelloParams& params,
                                          Checked& checked) const;
    std::optional<model::Error> check_tickets(const ClientMessage& message, const wire::Request& request,
                                              const Checked& checked) const;
    std::optional<model::Error> check_room(const ClientMessage& message, const wire::Request& request,
                                           const Checked& checked) const;
    void refuse(const Now& now, const ClientMessage& message, std::string_view id, const model::Error& error);
    void answer(const Now& now, const ClientMessage& message, std::string header);
    void answer_schema(const Now& now, const ClientMessage& message, const wire::Request& request);
    void forward(ClientMessage& message, const wire::Request& request, const Checked& checked);
    void drop_stored(ClientMessage& message);
    /// Sends requests with attachments as far as the broker's credit goes.
    void pump_held();

    // The broker.
    void configure(const Now& now, const wire::Message& message);
    void reply(const Now& now, BrokerMessage& event);
    /// The grant of a hello; false when the broker's message is not one.
    bool learn(const OpenRequest& request, const wire::Message& message);
    void reply_ticket(const Now& now, BrokerMessage& event, const OpenRequest& request);
    void progress(const Now& now, const BrokerMessage& event);
    void buffers(const wire::Message& message);
    /// Nobody waits for these requests any more.
    std::size_t drop_requests(const ClientKey& client);
    void event(const wire::Message& message);
    void credit(const wire::Message& message);
    void stop(const Now& now);
    void violation(const wire::Message& message, std::string_view what);

    // Both.
    void send(const Now& now, SendClient message);
    void keep(const Now& now, SendClient message, bool returned);
    void give_up(const ClientKey& client, std::uint64_t connection);
    void close_parts(const SendClient& message);
    void close_all(const std::vector<wire::Descriptor>& descriptors);
    void to_broker(wire::Type type, std::string json, std::uint64_t request = 0);
    void report();
    void log(Level level, std::string message) { effects_.emplace_back(Log{level, std::move(message)}); }
    void exit(int code);

    std::map<std::string_view, std::string_view> schemas_;
    Bounds bounds_;
    wire::GateConfig config_;
    Phase phase_ = Phase::fresh;
    Sessions sessions_{1};
    Requests requests_;
    std::deque<wire::Message> held_; ///< requests with attachments, until the broker has credit
    std::size_t credits_ = wire::descriptor_credit;
    Outbox outbox_;
    Feed feed_;
    std::vector<std::string> interests_; ///< as the broker knows them
    wire::GateCounters counters_, reported_;
    std::int64_t dropped_ = 0;
    std::int64_t beat_us_ = never_us, stop_us_ = never_us;
    Effects effects_; ///< of the step that runs
    Handover handover_{bounds_, effects_};
};

} // namespace rekam::gate
