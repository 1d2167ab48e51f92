// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/day.h"

#include <algorithm>

namespace rekam::sim {
namespace {

constexpr std::int64_t capture_ms = 8'000, print_ms = 60'000;
constexpr std::int64_t patience_us = us_per_s; // without a gate that owes an answer
constexpr std::int64_t longest_visit_us = 60 * us_per_s;

struct Wanted {
    const char *slot, *subject;
};
constexpr std::array captures{Wanted{"photo", "face"}, Wanted{"finger", "finger.right-index"},
                              Wanted{"scan", "document.front"}};

bool at_print(Incident incident) {
    return incident == Incident::jam || incident == Incident::ribbon_out || incident == Incident::power_cut ||
           incident == Incident::host_crash_in_mid_print || incident == Incident::gate_killed;
}

} // namespace

/// True: an answer is to come. One that no gate owes any more is asked for again over a new connection.
bool DayClient::waits() {
    if (client_.at_rest())
        return false;
    const bool owed = !client_.owed().empty();
    if (owed || now_us() - asked_us_ < patience_us)
        return true;
    client_.reconnect();
    return false;
}

void DayClient::act() {
    if (done_ || now_us() < pause_until_us_ || waits())
        return;
    if (const Asked asked = std::exchange(asked_, Asked::nothing); visit_)
        answered(asked);
    asked_us_ = now_us();
    if (client_.session().empty())
        return client_.hello(true);
    if (!visit_) {
        const auto number = desk_.next_visit();
        done_ = !number;
        if (done_)
            return;
        visit_ = Visit{desk_.person_of(*number), desk_.incident_of(*number), {}, {}, 0, false, false, false};
        mends_.reset();
    }
    next();
}

/// An empty outcome: the answer was lost.
void DayClient::answered(Asked asked) {
    switch (asked) {
    case Asked::capture: return client_.last_outcome() == "done" ? captured() : trouble();
    case Asked::print:
        visit_->card_out = client_.last_outcome() == "done";
        return visit_->card_out ? void() : trouble();
    case Asked::job: return settled(client_.job().state);
    case Asked::nothing: return;
    }
}

void DayClient::captured() {
    ++desk_.figures.captures;
    require(!client_.files().empty(), "a_capture_that_is_done_has_pictures", visit_->case_);
    bool blurred = false;
    for (const auto& file : client_.files()) {
        desk_.figures.wrong_person += file.person != visit_->person;
        blurred = blurred || file.blurred;
    }
    ++(blurred ? desk_.figures.retakes : visit_->captured);
}

/// What became of the card: nothing is asked for again before that is known.
void DayClient::settled(const std::string& outcome) {
    constexpr std::array known{"done", "failed", "cancelled", "timeout", "unknown", "unknown-job"};
    if (std::ranges::find(known, outcome) == known.end())
        return;
    if (outcome == "unknown") {
        ++desk_.figures.unknown;
        desk_.figures.reconciled += client_.job().reconciled;
        visit_->card_out = desk_.lies_in_tray(visit_->case_);
        if (!client_.job().reconciled)
            client_.reconcile(client_.job().job);
    }
    visit_->card_out = visit_->card_out || outcome == "done";
    if (outcome != "unknown-job")
        visit_->idem.clear(); // it came to nothing, or it is there: a next card has a key of its own
    all_is_well();
}

void DayClient::all_is_well() {
    desk_.figures.downtime_us += now_us() - trouble_us_;
    trouble_us_ = 0;
}

void DayClient::trouble() {
    ++desk_.figures.refused;
    if (trouble_us_ == 0)
        trouble_us_ = now_us();
}

/// An operator at work: mends, waits until everything is ready, looks what became of the card.
void DayClient::go_on_mending() {
    if (mends_)
        desk_.mend(*mends_);
    if (!desk_.is_usable())
        return;
    if (!visit_->idem.empty() && !visit_->card_out) {
        ask(Asked::job);
        return client_.look_for(visit_->idem);
    }
    all_is_well();
}

bool DayClient::strikes(bool print) {
    if (!visit_->incident || at_print(*visit_->incident) != print)
        return false;
    mends_ = std::exchange(visit_->incident, std::nullopt);
    const bool under_way = mends_ == Incident::power_cut || mends_ == Incident::gate_killed;
    if (!under_way) {
        desk_.strike(*mends_, visit_->person, client_);
        pause_until_us_ = now_us() + 2 * us_per_s; // until the station has heard of it
        return true;
    }
    desk_.world().schedule.after(desk_.world().random.between(0, 600'000),
                                 [this, incident = *mends_, person = visit_->person] {
                                     if (desk_.station().running())
                                         desk_.strike(incident, person, client_);
                                     return true;
                                 });
    return false;
}

void DayClient::next() {
    Visit& visit = *visit_;
    if (trouble_us_ != 0)
        return go_on_mending();
    if (visit.closing) {
        ++desk_.figures.visits;
        return visit_.reset();
    }
    if (visit.case_.empty()) {
        if (client_.cases().empty())
            return client_.open_case();
        visit.case_ = client_.cases().back();
        desk_.opened(visit.case_, visit.person);
    }
    if (!lease())
        return client_.acquire({"photo", "finger", "scan", "printer"}, visit.case_, 60'000, 30'000);
    if (!std::exchange(visit.seated, true))
        desk_.seat(visit.person);
    if (strikes(false))
        return;
    if (visit.captured < std::ssize(captures))
        return capture();
    if (!visit.card_out)
        return strikes(true) ? void() : print();
    client_.release_frames();
    client_.release(HeldLease(*lease()));
    client_.close_case(visit.case_);
    visit.closing = true;
}

/// Of this visit, as far as the client knows.
const HeldLease* DayClient::lease() const {
    const auto found = std::ranges::find(client_.leases(), visit_->case_, &HeldLease::case_);
    return found == client_.leases().end() ? nullptr : &*found;
}

void DayClient::capture() {
    ask(Asked::capture);
    const Wanted& wanted = captures[static_cast<std::size_t>(visit_->captured)];
    client_.capture(HeldLease(*lease()), wanted.slot,
                    std::string(R"({"slot":")") + wanted.slot + R"(","subject":")" + wanted.subject +
                        R"(","attach":true)" + (std::string_view(wanted.slot) == "scan" ? R"(,"pages_max":1})" : "}"),
                    capture_ms, true);
}

void DayClient::print() {
    ask(Asked::print);
    if (!visit_->idem.empty()) // it was never received: the same key goes again
        return client_.ask_under(HeldLease(*lease()), visit_->idem, print_ms);
    client_.start("print.start", HeldLease(*lease()), "printer",
                  R"({"slot":"printer","front":{"part":0,"format":"image/png"}})", print_ms);
    visit_->idem = client_.captures().back().idem;
}

DayOutcome run_day(std::uint64_t seed, int visits, bool print) {
    DayOutcome outcome;
    DayDesk desk(seed, visits, print);
    const auto began_us = desk.world().schedule.now_us();
    std::vector<DayClient> clients;
    for (int number = 0; number < 2; ++number)
        clients.emplace_back(desk, desk.clients().add(false));
    const auto live = [&](auto& again, DayClient& client) -> void {
        desk.world().schedule.after(desk.world().random.between(5'000, 90'000), [&] {
            client.act();
            if (!client.done())
                again(again, client);
            return true;
        });
    };
    try {
        desk.station().start();
        for (auto& client : clients)
            live(live, client);
        const auto over_us = began_us + visits * longest_visit_us;
        while (!std::ranges::all_of(clients, &DayClient::done)) {
            require(!desk.world().schedule.empty() && desk.world().schedule.now_us() < over_us, "every_visit_ends",
                    std::to_string(desk.figures.visits) + " visits have");
            outcome.steps += desk.world().schedule.take()();
            desk.clients().forget_dead_gates();
        }
        desk.count_cards();
    } catch (const Violation& violation) {
        outcome.failure = Failure{violation.invariant(), violation.what(), outcome.steps, desk.world().trace.last()};
    }
    outcome.figures = desk.figures;
    outcome.happened = desk.happened;
    outcome.virtual_s = (desk.world().schedule.now_us() - began_us) / us_per_s;
    outcome.hash = desk.world().trace.hash();
    return outcome;
}

} // namespace rekam::sim
