// SPDX-License-Identifier: Apache-2.0 OR MIT
// Rekam for applications:
//
//     auto station = rekam::connect({.client = "hello"});
//     auto visit = station.open_case("test");
//     auto lease = visit.lease({"document"});
//     auto result = lease.capture({.slot = "document", .subject = "document.page", .parameters = {{"source",
//     "feeder"}}}); for (auto& frame : result.frames) frame.save("page" + std::to_string(frame.record().index) +
//     ".png");
//
// Errors are thrown as rekam::Error. Threads: a Station, Case, Lease or Capture may be used from several threads, one
// Events by one reader. A background thread per Station owns the sockets, resumes the session and renews leases;
// callbacks run on the thread that called, so they may call the station themselves.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <rekam/client_capture.h>
#include <rekam/client_cards.h>
#include <rekam/client_error.h>
#include <rekam/client_preview.h>
#include <rekam/client_records.h>

namespace rekam {

class EventReader;
class LeaseState;

struct ConnectOptions {
    std::string client = {};        // who you are: name and version
    std::string operator_name = {}; // who works with it
    std::string station = {}; // runtime directory or "tcp://requests,tcp://events"; else REKAM_STATION, else the usual
    std::string resume = {};  // an earlier Station::session()
    std::string station_key = {}; // TCP only; read from the runtime directory when empty
    Milliseconds timeout{5000};   // then Error no-station
};

struct Reply {
    std::string result; // JSON
    std::vector<Bytes> parts;
};

struct CallOptions {
    Milliseconds timeout{10'000};
    std::function<void(const std::string& progress)> on_progress = {}; // JSON
};

// Renewed by itself until released or destroyed, or until the program has asked for nothing in ten minutes.
class Lease {
  public:
    Lease(std::shared_ptr<Channel> channel, std::string id, std::int64_t ttl_ms, std::int64_t station_epoch);
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease(); // releases; an error is ignored
    const std::string& id() const { return id_; }
    std::optional<ErrorBody> error() const; // why it was lost
    Capture start(const CaptureRequest& request);
    CaptureResult capture(const CaptureRequest& request, const std::function<void(const Progress&)>& on_progress = {});
    Print start_print(const PrintRequest& request);
    PrintResult print(const PrintRequest& request, const std::function<void(const Progress&)>& on_progress = {});
    // The card in the slot's reader, or the one at the chip of a print of this lease.
    Card open_card(const CardRequest& request, const std::function<void(const Progress&)>& on_progress = {});
    // A live picture of the slot, until it is stopped or this lease ends. Captures may run meanwhile.
    Preview preview(const PreviewRequest& request);
    void release();

  private:
    std::shared_ptr<Channel> channel_;
    std::shared_ptr<LeaseState> held_;
    std::string id_;
    std::int64_t station_epoch_;
};

struct LeaseOptions {
    Milliseconds ttl{60'000};
    Milliseconds wait{0}; // in the fair queue; then `lease-held` names the holder and the time left
    std::function<void(const std::string& progress)> on_progress = {};
};

class Case {
  public:
    Case(std::shared_ptr<Channel> channel, std::string id) : channel_(std::move(channel)), id_(std::move(id)) {}
    Case(Case&&) noexcept = default;
    Case& operator=(Case&&) = delete;
    ~Case(); // closes; an error is ignored
    const std::string& id() const { return id_; }
    Lease lease(const std::vector<std::string>& slots, const LeaseOptions& options = {});
    void keep(const Frame& frame); // these are the ones that are used: told when it closes
    CaseRecord close();
    std::string detach(); // leaves it open; returns its id

  private:
    std::shared_ptr<Channel> channel_;
    std::string id_;
    std::vector<std::string> keep_;
};

struct CaseOptions {
    std::string operator_name = {}, desk = {};
};

struct Event {
    std::string stream;
    std::string kind; // snapshot (how it was at first), change, refresh (fetched after a gap), gone (no longer listed)
    std::int64_t seq = 0;
    std::string data; // JSON
};

// Snapshot first, then changes; a gap is mended by fetching anew.
class Events {
  public:
    explicit Events(std::shared_ptr<EventReader> reader) : reader_(std::move(reader)) {}
    std::optional<Event> next(std::optional<Milliseconds> timeout = {}); // empty: time over, or closed
    void close();                                                        // any thread

  private:
    std::shared_ptr<EventReader> reader_;
};

class Station {
  public:
    explicit Station(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
    std::string session() const; // to resume with: keep it to yourself
    std::int64_t epoch() const;
    std::string welcome() const; // the last hello's result (JSON): rights, limits, sandbox

    // Any operation by its name; `params` is JSON.
    Reply call(const std::string& op, const std::string& params = "{}", const CallOptions& options = {});

    StationRecord info();
    std::vector<SlotRecord> slots();
    SlotRecord slot(const std::string& slot);
    std::vector<DeviceRecord> devices();
    DeviceRecord device(const std::string& device);
    std::vector<PluginRecord> plugins();
    HealthRecord health_of_slot(const std::string& slot, const std::string& level = "self");
    HealthRecord health_of_device(const std::string& device, const std::string& level = "self");

    // `by` is who does it; empty: the session's operator.
    SlotRecord bind(const std::string& slot, const std::string& device); // until slots.toml says something new
    SlotRecord hold(const std::string& slot, const std::string& reason, const std::string& by = {});
    SlotRecord release(const std::string& slot, const std::string& by = {});
    // With `reset_by`, who services it, they begin anew, and these are the figures as they were.
    StatisticsRecord statistics(const std::string& device, const std::string& reset_by = {});

    // It shows which one it is, for about so long; 0 ends it. Not-covered: it cannot.
    IdentifiedRecord identify(const std::string& slot, std::int64_t seconds = 5, const std::string& by = {});

    // For tests, where the device is a mock's: how it fails from now on. faults: a JSON array. Each answers with the
    // device as JSON (schema/mock.json).
    std::string mock_set(const std::string& device, const std::string& faults);
    std::string mock_clear(const std::string& device);
    std::string mock_get(const std::string& device);

    Case open_case(const std::string& purpose, const CaseOptions& options = {});
    Lease lease(const std::vector<std::string>& slots, const std::string& case_id, const LeaseOptions& options = {});
    CaseRecord close_case(const std::string& case_id, const std::vector<std::string>& keep = {});
    CaseRecord get_case(const std::string& case_id);
    std::vector<CaseRecord> cases(const std::string& state = "");
    std::vector<LeaseRecord> leases();
    std::vector<JobRecord> jobs();
    JobRecord job(const std::string& job);
    std::string cancel(const std::string& job); // its state; the end goes to its own request

    std::vector<JobRecord> open_outcomes(); // unknown, and nobody reconciled them: of every principal
    JobRecord reconcile(const Reconciliation& found);
    std::vector<HopperRecord> hoppers();
    HopperRecord hopper(const std::string& slot); // of the slot's printer
    HopperRecord load_cards(const std::string& slot, std::int64_t count, const std::string& by);
    HopperRecord count_cards(const std::string& slot, std::int64_t count, const std::string& by,
                             const std::string& reason = {});
    HopperRecord spoil_cards(const std::string& slot, std::int64_t count, const std::string& by,
                             const std::string& reason);
    DrainRecord drain(bool on, const std::string& by, const std::string& reason = {});
    DrainRecord drained(); // as it is
    // Takes the person of a closed case out of the station, for good; of how many entries. The reason stays.
    std::int64_t erase(const std::string& case_id, const std::string& reason, const std::string& by = {});
    std::string report(const std::string& day = {}); // "2026-11-27" at the station, else today: JSON of report.daily

    Frame frame(FrameRecord record);
    Events events(std::vector<std::string> streams = {}); // "slot.photo", or "slot." for all slots; empty: everything
    void close();                                         // ends what waits; safe to call twice

  private:
    std::shared_ptr<Channel> channel_;
};

// Waits until the session stands.
Station connect(const ConnectOptions& options);

} // namespace rekam
