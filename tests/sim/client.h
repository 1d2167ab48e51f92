// SPDX-License-Identifier: Apache-2.0
// A program at a desk: says hello, opens cases, leases slots, captures, reads frames, gets impatient, vanishes and
// comes back, and makes mistakes. It remembers what it needs to know to tell a right answer from a wrong one.
#pragma once

#include "tests/sim/gate_process.h"
#include "tests/sim/truth.h"

#include <boost/json/object.hpp>

namespace rekam::sim {

struct HeldLease {
    std::string id, case_;
    std::vector<std::string> slots;
};

/// What a client keeps of a capture until it knows the answer.
struct Capture {
    std::string op = "capture.start";
    std::string idem, params, slot, case_, lease, job;
    bool attach = false, known = false;
};

/// An exchange with a card that it has open.
struct OpenCard {
    std::string job;
    std::int64_t exchange = 0;
};

/// A preview that it watches.
struct Watched {
    std::string preview, request;
};

/// What job.get said last; the state is an error's code where there was one, and empty as long as nothing has come.
struct AskedJob {
    std::string state, job;
    bool reconciled = false;
};

class Client {
  public:
    struct Port { ///< how it reaches the station
        virtual void send(Client& client, gate::ClientMessage message) = 0;
        /// A program of the client's user shows the ticket that this request brought.
        virtual void show(Client& client, const Request& request, const std::string& ticket) = 0;
        virtual ~Port() = default;
    };

    Client(World& world, Truth& truth, Port& port, int number, bool req);

    [[nodiscard]] gate::ClientKey key() const {
        return "client-" + std::to_string(number_) + "." + std::to_string(connection_);
    }
    [[nodiscard]] std::string name() const { return "client " + std::to_string(number_); }
    [[nodiscard]] std::int64_t uid() const { return uid_; }

    /// Does one thing, at random.
    void act();
    void receive(const gate::SendClient& message, const std::vector<File>& parts);
    /// The connection ended, or the client ends it.
    void reconnect();
    /// The gate that took its requests is gone: nobody owes it an answer.
    void forget_gate(Owner gate);
    void taken(const std::string& id, Owner gate);

    /// Requests that a living gate has taken and not answered.
    [[nodiscard]] std::vector<const Request*> owed() const;
    [[nodiscard]] bool at_rest() const { return open_.empty(); }

    // Particular requests, also for the exhaustive search and the probe at the end of a run.
    void hello(bool resume);
    void open_case();
    void release_frames();
    void close_case(const std::string& case_id);
    void acquire(const std::vector<std::string>& slots, const std::string& case_id, std::int64_t ttl_ms,
                 std::int64_t wait_ms);
    void renew(const HeldLease& lease);
    void release(const HeldLease& lease);
    void capture(const HeldLease& lease, const std::string& slot, const std::string& params, std::int64_t deadline_ms,
                 bool attach);
    /// The same request again, word for word: its answer was lost.
    void ask_again(const Capture& capture);
    /// The same key again, perhaps with mistakes.
    void repeat(const Capture& capture);
    void cancel(const Capture& capture);
    void start(const char* op, const HeldLease& lease, const std::string& slot, const std::string& params,
               std::int64_t deadline_ms);
    void close_cards();
    void preview(const HeldLease& lease, const std::string& slot, std::int64_t deadline_ms);
    void stop_preview(const std::string& preview);
    void stop_previews();
    [[nodiscard]] std::size_t pictures() const { return pictures_; }
    void put_in_service(const std::string& slot);
    void replace(const std::string& slot, const std::string& device);
    /// Two persons look at the card, and say what is true.
    void reconcile(const std::string& job);
    /// The same card again under the lease of now.
    void ask_under(const HeldLease& lease, const std::string& idem, std::int64_t deadline_ms);
    void look_for(const std::string& idem);
    /// Nothing stands in the way of cards any more.
    void end_drain();

    std::int64_t paused_until_us = 0; ///< it does not read
    std::size_t unread = 0;

    [[nodiscard]] const std::vector<HeldLease>& leases() const { return leases_; }
    [[nodiscard]] const std::vector<std::string>& cases() const { return cases_; }
    [[nodiscard]] std::vector<Capture>& captures() { return captures_; }
    [[nodiscard]] const std::string& session() const { return session_; }
    [[nodiscard]] const std::string& last_outcome() const { return last_outcome_; }
    [[nodiscard]] const AskedJob& job() const { return job_; }
    /// What came along with the last final.
    [[nodiscard]] const std::vector<File>& files() const { return files_; }
    [[nodiscard]] const std::map<std::string, Request>& open() const { return open_; }

  private:
    void ask(Request request, const std::string& params, const std::string& more = {});
    void ask_capture(const Capture& capture, const std::string& params, const std::string& lease,
                     const std::string& case_id, std::int64_t deadline_ms);
    void act_on_captures();
    bool act_on_cards();
    bool act_on_previews();
    void learn_preview(const Request& request, const boost::json::object& progress, bool picture);
    void supervise();
    [[nodiscard]] std::string reprint_for(const std::string& case_id);
    void transmit(OpenCard& card);
    void close_card(const OpenCard& card);
    void learn_card(const Request& request, bool ok, const std::string& job, std::string_view code);
    void act_on_frames();
    void read_frame(const std::string& frame);
    void look_around();
    void mend();
    void err();
    void learn(const Request& request, bool ok, const boost::json::object& body);
    void learn_session(const boost::json::object& body);
    void learn_job(bool ok, const boost::json::object& body);
    void learn_capture(const Request& request, bool ok, const boost::json::object& body);
    [[nodiscard]] std::string params_for(const std::string& slot);
    [[nodiscard]] std::int64_t some_deadline_ms();
    Request request(std::string op);

    World& world_;
    Truth& truth_;
    Port& port_;
    int number_;
    bool req_;
    std::int64_t uid_;
    int connection_ = 1;
    std::int64_t last_id_ = 0;
    std::string session_, old_session_;
    std::int64_t station_epoch_ = 0;
    std::map<std::string, Request> open_; ///< of this connection, by id
    std::vector<HeldLease> leases_;
    std::vector<std::string> cases_;
    std::vector<Capture> captures_;
    std::vector<OpenCard> cards_;
    std::vector<Watched> previews_;
    std::size_t pictures_ = 0;
    std::map<std::string, std::string> made_; ///< case -> the job that made its card, as a refusal said
    std::vector<std::string> unseen_;         ///< jobs whose outcome nobody saw
    std::vector<std::string> frames_;
    std::string last_outcome_;
    AskedJob job_;
    std::vector<File> files_;
};

} // namespace rekam::sim
