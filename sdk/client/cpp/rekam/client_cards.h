// SPDX-License-Identifier: Apache-2.0 OR MIT
// Cards: prints, and the exchange with a card's chip. Included by rekam/client.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rekam/client_capture.h>

namespace rekam {

// One side of a card: bytes that go along, or a frame of this session and case.
struct Picture {
    Bytes data = {};
    std::string format = {}; // of the bytes: "image/png"
    std::string frame = {};  // or the frame's id

    static Picture of_file(const std::filesystem::path& path); // PNG or JPEG
    static Picture of_frame(const Frame& stored);
};

// A further card where one was made.
struct Reprint {
    std::string of; // the print whose card it replaces
    std::string reason;
    std::string second; // another person than the operator
};

struct PrintRequest {
    std::string slot;
    std::optional<Picture> front = {}, back = {}, overlay = {};
    std::vector<std::string> steps = {};  // only print when empty
    std::string encoder = {};             // with the step chip: the slot for Lease::open_card
    std::string on_fail = {};             // eject, reject, hold
    std::vector<std::string> tracks = {}; // with the step magnetic
    std::string cites = {};               // the case of another day whose captures are on the card
    std::optional<Reprint> reprint = {};
    Parameters parameters = {};    // edge_to_edge, vendor's own keys
    Milliseconds deadline{60'000}; // until the card begins; afterwards there is none
    std::string idem = {};
};

struct PrintResult {
    std::string job;
    std::string case_id;
    std::string effect;
    std::string card_at;
    std::string blank_serial;
    std::string json;
};

// A card under way. cancel() from any thread: a card that has begun is finished all the same. wait_chip() and result()
// from one thread. Errors say in `effect` and `card_at` what became of the card; `unknown` is never repeated.
class Print {
  public:
    using OnProgress = std::function<void(const Progress&)>;
    Print(std::shared_ptr<PendingCall> call, std::shared_ptr<Channel> channel, std::string idem);
    const std::string& idem() const { return idem_; }
    void cancel();
    // Until the card is at the chip station, where Lease::open_card opens it. False: it ended before.
    bool wait_chip(const OnProgress& on_progress = {});
    PrintResult result(const OnProgress& on_progress = {});

  private:
    bool go_on(const OnProgress& on_progress, bool until_chip);
    bool is_at_chip() const;

    std::shared_ptr<PendingCall> call_;
    std::shared_ptr<Channel> channel_;
    std::string idem_;
    bool sent_ = false;
    std::optional<PrintResult> end_;
};

// What two persons found about an outcome that nobody saw.
struct Reconciliation {
    std::string job;
    std::string effect; // done, none
    std::string by, second;
    std::string reason = {};
    std::string blank = {}; // issued, rejected, spoiled, left; empty: issued for done, spoiled for none
};

// The blank cards of one printer: loaded + difference = issued + rejected + spoiled + unknown + left.
struct HopperRecord {
    std::string device;
    std::vector<std::string> slots;
    std::int64_t loaded = 0, issued = 0, rejected = 0, spoiled = 0, unknown = 0, left = 0, difference = 0;
    std::optional<std::int64_t> per_hour;     // at the pace of the last working hours
    std::optional<std::int64_t> empty_utc_us; // at that pace
    std::string json;
};

struct DrainRecord {
    bool on = false;
    std::string cause; // person, power
    std::string reason, by;
    std::int64_t side_effects = 0; // prints and card writings that have not ended
    std::string json;
};

struct CardRequest {
    std::string slot;
    std::string intent; // read, write
    std::string protocol = {};
    Milliseconds wait{0}; // for a card to be inserted; 0: as long as the deadline
    Milliseconds deadline{60'000};
    std::string idem = {};
};

struct Response {
    Bytes data;
    int status = 0; // 0x9000
};

// An open card. Destroyed without close() it is closed as failed. One thread at a time.
class Card {
  public:
    Card(std::shared_ptr<Channel> channel, std::string job, std::string atr, std::string json);
    Card(Card&&) noexcept = default;
    Card& operator=(Card&&) = delete;
    ~Card();
    const std::string& job() const { return job_; }
    const std::string& atr() const { return atr_; }   // hex
    const std::string& json() const { return json_; } // the result of card.open
    // Sends command APDUs in order while the card answers 9000; one response for each that was sent.
    std::vector<Response> transmit(const std::vector<Bytes>& commands);
    void close(bool failed = false);

  private:
    std::shared_ptr<Channel> channel_;
    std::string job_, atr_, json_;
    std::int64_t exchange_ = 0;
};

} // namespace rekam
