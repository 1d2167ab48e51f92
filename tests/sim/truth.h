// SPDX-License-Identifier: Apache-2.0
// What an observer who sees every client, every device and every message knows, whatever the station believes. Its
// methods are the invariants over what goes out.
#pragma once

#include "core/broker/state.h"
#include "core/gate/event.h"
#include "tests/sim/hardware.h"

#include <boost/json/object.hpp>

#include <optional>
#include <set>

namespace rekam::sim {

/// One request of a client, from its sending to its one final.
struct Request {
    std::string op, id, session, principal;
    bool progress = false, attach = false;
    std::string idem, body, slot, case_, lease, job,
        frame; ///< where the operation has them; job: an id or "idem:<key>"
    std::vector<std::string> slots;
    std::int64_t sent_us = 0;
    Owner gate = 0; ///< the gate that took it, 0: none has
};

struct KnownPreview {
    std::string session, case_, slot, lease;
    std::int64_t accepted_us = 0, seq = 0;
};

struct KnownJob {
    std::string id, op, principal, idem, session, case_, slot;
    broker::SessionNo session_no = 0;
    std::int64_t accepted_us = 0;
    std::string device;        ///< where it was sent; empty until then
    bool record_first = false; ///< when it was accepted
    bool ended = false;
    model::EndCause cause = model::EndCause::none; ///< why its host was told to end it
};

class Truth {
  public:
    Truth(World& world, Hardware& hardware) : world_(world), hardware_(hardware) {}

    // --- what rekamd does ---
    using Stored = std::function<std::string(const std::string& key)>; ///< the record of a job, as it is on disk
    void station_started(const Stored& stored);
    /// What the station made of its records: every job of an earlier life has ended.
    void station_restored(const broker::State& state);
    /// After every step: notes new jobs, ended ones and frames.
    void observe(const broker::State& state);
    /// Before a card may begin: `stored` is the job's record, as it is on disk.
    void go_sent(const broker::State& state, const wire::Message& message, const std::string& stored);
    /// Before a picture of a preview leaves for the gate.
    void picture_sent(const broker::State& state, const wire::Message& message, const File& file);
    /// Before a message to a host leaves.
    void run_sent(const broker::State& state, const wire::Message& message, broker::ChildId host, bool durable);

    // --- what clients get ---
    void progress_received(const Request& request, const boost::json::object& progress, const std::vector<File>& parts);
    void final_received(const Request& request, bool ok, const boost::json::object& body,
                        const std::vector<File>& parts);

    /// For a ticket that this request brought: a frame, a picture of a preview.
    void ticket_read(const Request& request, const boost::json::object& answer, const std::vector<File>& files);
    void watched(const Request& request, const boost::json::object& picture, const Content& content);

    [[nodiscard]] std::size_t pictures() const { return pictures_; }
    /// Whether the card of a job came to be.
    [[nodiscard]] bool printed(const std::string& job) const { return hardware_.printed(job) > 0; }
    /// How many cards came to be in each case.
    [[nodiscard]] std::map<std::string, int> cards() const;
    [[nodiscard]] std::size_t jobs() const { return jobs_.size(); }
    [[nodiscard]] std::size_t done() const { return done_; }

  private:
    void preview_seen(const broker::State& state, const broker::Preview& preview);
    void picture_received(const Request& request, const boost::json::object& progress, const std::vector<File>& parts);
    void job_accepted(const broker::State& state, const broker::Job& job);
    void job_accepted_and_ended(const broker::State& state, broker::JobNo no);
    void job_vanished(const broker::State& state, KnownJob& job);
    static void check_cause(const KnownJob& job, model::JobState outcome);
    /// What the record says of a card, against what the printer really did.
    void check_effect(const KnownJob& job, const wire::Job& record) const;
    /// What settled an outcome that nobody saw must be so.
    void check_settled(const broker::State& state);
    void outcome_seen(const std::string& job, std::string_view outcome);
    void capture_done(const Request& request, const boost::json::object& result, const std::vector<File>& parts);
    void capture_failed(const Request& request, const boost::json::object& error);
    void frame_read(const Request& request, const std::vector<File>& parts);
    void check_readings(const Request& request, const KnownJob& job, const boost::json::object& record) const;
    void check_part(const Request& request, const KnownJob& job, const File& file) const;

    World& world_;
    Hardware& hardware_;
    std::map<std::string, KnownJob> jobs_;                     ///< by id, of all lives
    std::map<broker::JobNo, std::string> open_;                ///< of this life of rekamd
    std::map<std::string, std::string> frames_;                ///< frame id -> job id
    std::map<std::string, std::string> outcomes_;              ///< job id -> its one outcome
    std::set<std::string> begun_keys_, unknown_keys_;          ///< of all lives
    std::map<std::string, std::string> open_unknown_;          ///< job id -> key: not settled when last seen
    std::map<std::string, std::vector<std::string>> begun_in_; ///< case -> prints that might begin, of all lives
    std::set<std::string> keys_;                               ///< principal + idem accepted in this life
    broker::JobNo last_job_ = 0;
    broker::FrameNo last_frame_ = 0;
    std::map<std::string, std::uint64_t> run_fences_; ///< slot -> fence of its last run
    std::size_t done_ = 0;
    std::map<std::string, KnownPreview> previews_;   ///< by id, of all lives
    std::map<std::uint64_t, broker::Preview> alive_; ///< by request: those that stood after the last step
    std::size_t pictures_ = 0;
};

} // namespace rekam::sim
