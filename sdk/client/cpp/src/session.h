// SPDX-License-Identifier: Apache-2.0 OR MIT
// The client's side of a session, pure: no clock, no socket, no thread. Time is a parameter (ms, monotonic).
//
//     down ──connected──▶ greeting ──hello answered──▶ ready
//       ▲                    │  ▲                        │
//       └────disconnected────┴──┼────────────────────────┤
//                               └── no beat, new gate, ──┘       greeting ──hello refused──▶ refused
//                                   unknown-session
//
// A request goes queued ─▶ sent ─▶ ended. When the connection is lost, a sent one is found again after the next hello:
// with an idem by job.get {idem} (asking), then sent again with the same idem, which joins the running job or gives the
// recorded answer; without one, it is sent again when that is harmless, else it ends as `no-answer`.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sdk/client/cpp/src/request.h"

namespace rekam {

// A lease that is renewed at a third of its time. on_lost is called on the I/O thread, at most once.
struct HeldLease {
    std::string lease;
    std::int64_t ttl_ms = 0;
    std::int64_t due_ms = 0;
    std::function<void(const ErrorBody&)> on_lost;
};

class SessionCore {
  public:
    enum class State { down, greeting, ready, refused };
    using Epochs = std::pair<std::int64_t, std::int64_t>; // station, gate

    static constexpr std::int64_t hello_again_ms = 2000;   // an unanswered hello is sent again
    static constexpr std::int64_t beat_late_ms = 2000;     // beats come each second; one a second late starts a hello
    static constexpr std::int64_t unattended_ms = 600'000; // no renewals for a program that asked for nothing so long

    // `hello`: its params without resume. `prefix`: random, so that no other client's answer can match an id of ours.
    SessionCore(boost::json::object hello, std::string prefix, std::string resume);

    // What the shell reports.
    void connected(std::int64_t now_ms);
    void disconnected();
    void message(std::int64_t now_ms, const boost::json::object& header, std::vector<Bytes> parts);
    void beat(std::int64_t now_ms, Epochs epochs);
    void tick(std::int64_t now_ms);
    std::optional<std::int64_t> next_timer_ms(std::int64_t now_ms) const;

    // What the application asks.
    void submit(std::int64_t now_ms, const std::shared_ptr<Request>& request);
    void cancel(std::int64_t now_ms, const std::shared_ptr<Request>& request);
    void hold(std::int64_t now_ms, const std::shared_ptr<HeldLease>& held);
    void unhold(const std::string& lease);
    void end_all(const ErrorBody& error);

    State state() const { return state_; }
    const std::string& session() const { return session_; }
    const boost::json::object& welcome() const { return welcome_; }
    const std::optional<ErrorBody>& refusal() const { return refusal_; }
    Epochs epochs() const { return epochs_; }
    std::uint64_t stale() const { return stale_; } // answers to nothing that is open: counted, never used
    std::deque<std::string>& outbox() { return outbox_; }
    // Binary parts that go with a header of the outbox.
    std::map<std::string, std::vector<Bytes>>& attachments() { return attachments_; }

  private:
    enum class Role { hello, call, ask, cancel, renew };
    struct Sent {
        Role role;
        std::shared_ptr<Request> request; // empty for hello and renew
        std::shared_ptr<HeldLease> held;  // of renew
        std::string op;
    };
    using RequestPtr = std::shared_ptr<Request>;

    void post(Sent sent, boost::json::object params, boost::json::object fields = {});
    void greet(std::int64_t now_ms);
    void send(std::int64_t now_ms, const RequestPtr& request);
    void ask(const RequestPtr& request);
    void send_cancel(const RequestPtr& request);
    void renew(std::int64_t now_ms, const std::shared_ptr<HeldLease>& held);
    void final_came(std::int64_t now_ms, const Sent& sent, Outcome outcome);
    void hello_answered(std::int64_t now_ms, const Outcome& outcome);
    void hello_refused(std::int64_t now_ms, const ErrorBody& error);
    void after_hello(std::int64_t now_ms, bool lost);
    void call_answered(const RequestPtr& request, Outcome outcome);
    void ask_answered(std::int64_t now_ms, const RequestPtr& request, const Outcome& outcome);
    void ask_failed(std::int64_t now_ms, const RequestPtr& request, const ErrorBody& error);
    void progress(const RequestPtr& request, const boost::json::object& body, std::vector<Bytes> parts = {});
    void end(const RequestPtr& request, Outcome outcome);
    void end_with(const RequestPtr& request, ErrorBody error);
    void lose_sent();
    void lose_leases(const std::string& why);
    void recover(std::int64_t now_ms, const RequestPtr& request);
    void tick_request(std::int64_t now_ms, const RequestPtr& request);
    bool attended(std::int64_t now_ms) const;
    std::vector<RequestPtr> open() const { return {requests_.begin(), requests_.end()}; }

    boost::json::object hello_;
    std::string prefix_;
    std::uint64_t count_ = 0;
    std::map<std::string, Sent> wire_; // by id
    std::list<RequestPtr> requests_;   // the open ones, in their order
    std::map<std::string, std::shared_ptr<HeldLease>> leases_;
    bool lost_ = false;
    std::int64_t hello_at_ms_ = 0;
    std::int64_t beat_at_ms_ = 0;
    std::int64_t touched_ms_ = 0;
    State state_ = State::down;
    std::string session_;
    boost::json::object welcome_;
    std::optional<ErrorBody> refusal_;
    Epochs epochs_{0, 0};
    std::deque<std::string> outbox_;
    std::map<std::string, std::vector<Bytes>> attachments_; // by header
    std::uint64_t stale_ = 0;
};

} // namespace rekam
